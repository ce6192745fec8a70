#pragma once
// Where a message stands in the list of what is alive: what waits (by pool and due time), what is being sent, what is
// held, and what was sent and awaits a follow-up. Pure.

#include <cstdint>
#include <limits>
#include <optional>

#include "store/rows/rows.hpp"

namespace chapar::store {

/// Its pool's part of the list, then by `due`.
struct QueuePlace {
    std::int64_t pool = 0, due = 0;
    auto operator<=>(const QueuePlace&) const = default;
};
/// Places that are no times.
inline constexpr std::int64_t sending_due = -1;
inline constexpr std::int64_t held_due = std::numeric_limits<std::int64_t>::max();
/// A pool that is none: sent messages by the time of their follow-up.
inline constexpr std::int64_t following_pool = -1;

/// Nothing: the row is in no list.
std::optional<QueuePlace> place_of(const ProgressRow& row);

}  // namespace chapar::store
