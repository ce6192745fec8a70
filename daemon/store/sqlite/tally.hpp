#pragma once
// How many messages are in which state and waiting in which pool, kept in memory so that the queue's start and each
// scrape of /metrics cost nothing. Counted once when the store opens, moved on after each commit.
// Callable from any thread.

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/state.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// What one transaction changes; lost with it when it is rolled back.
struct Delta {
    std::int64_t by_state[model::state_count] = {};
    std::unordered_map<PoolId, std::int64_t> waiting;
    std::vector<Pool> new_pools;

    void add(PoolId pool, model::State state, std::int64_t by);
};

class Tally {
  public:
    /// Counts anew. False: the connection's fault is set and the old counts stay.
    bool load(Connection& connection);
    void apply(const Delta& delta);

    Counts counts() const;
    /// Pools with something waiting; next_due is not known here.
    std::vector<PoolDepth> waiting() const;
    std::int64_t waiting(std::string_view application) const;
    std::optional<Pool> pool(PoolId id) const;
    std::optional<Pool> find(std::string_view class_name, std::string_view application,
                             std::string_view campaign) const;
    PoolId highest() const;

  private:
    struct Entry {
        Pool pool;
        std::int64_t waiting = 0;
    };
    struct State {
        Counts counts;
        std::unordered_map<PoolId, Entry> pools;
        std::unordered_map<std::string, PoolId> names;
        PoolId highest;

        std::unordered_map<std::string, std::int64_t> waiting;  // by application

        void add(const Pool& pool);
        void add_waiting(PoolId pool, std::int64_t by);
        void add_row(const Rows& rows);
        bool count(Connection& connection);  // false: met a malformed row
        void count_one_by_one(Connection& connection);
    };

    mutable std::mutex mutex_;  // guards state_
    State state_;
};

}  // namespace chapar::store::sqlite
