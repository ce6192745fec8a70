#pragma once
// Why messages wait: what their rows say. Pure, but for the reads of `look_at_pools`, which run on a worker.

#include <optional>
#include <string>
#include <vector>

#include "store/queue.hpp"

namespace chapar::dispatch {

/// Messages of one pool that wait for the same thing.
struct WaitGroup {
    std::string channel;
    std::optional<model::Reason> reason;  // nothing: they are due, so it depends on the routes
    std::string detail;                   // of the first of them
    std::int64_t messages = 0;
    Timestamp due{};  // of the first of them
};

struct PoolLook {
    store::PoolDepth depth;
    std::vector<WaitGroup> groups;
    std::int64_t looked_at = 0;
};

/// `rows` wait; the groups come with the largest first.
std::vector<WaitGroup> group_by_reason(const std::vector<store::Queued>& rows, Timestamp now);

/// Every pool, those with the most waiting first; the first few of them with their groups.
Result<std::vector<PoolLook>> look_at_pools(store::Queue& queue, Timestamp now);

}  // namespace chapar::dispatch
