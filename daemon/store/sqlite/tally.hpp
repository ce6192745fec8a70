#pragma once
// How many messages are in which state, by pool while they are alive. The counts stand in the store and move in the
// commits that move the messages (live.hpp); here they are in memory, so that each scrape of /metrics costs nothing.
// Callable from any thread.

#include <array>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "model/state.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// The states that are counted by pool.
inline constexpr std::array live_states = {model::State::waiting, model::State::sending, model::State::held};
using LiveCounts = std::array<std::int64_t, live_states.size()>;
/// The state's place in LiveCounts; nothing: it is finished and counted without its pool.
std::optional<std::size_t> live_index(model::State state);
/// A pool's name as one text.
std::string pool_name(std::string_view class_name, std::string_view application, std::string_view campaign);

/// What one transaction changes; lost with it when it is rolled back.
struct Delta {
    std::int64_t finished[model::state_count] = {};
    std::unordered_map<PoolId, LiveCounts> live;
    std::unordered_map<std::string, Pool> new_pools;  // by pool_name
    std::vector<PoolId> gone_pools;
    std::vector<PoolId>
        relisted;  // pools whose rows in `live` have changed: when the next one is due is to be asked anew

    void add(PoolId pool, model::State state, std::int64_t by);
};

class Tally {
  public:
    /// Reads the counts that stand in the store: work by the number of pools, not of messages. False: the connection's
    /// fault is set and the old counts stay.
    bool load(Connection& connection, Monotonic now);
    void apply(const Delta& delta, Monotonic now);

    Counts counts() const;
    /// Pools with something waiting. `unknown`: those of them whose next_due is to be read, by their place in `pools`,
    /// and what `learn` must be told with it.
    struct Waiting {
        std::vector<PoolDepth> pools;
        struct Unknown {
            std::size_t place;
            std::uint64_t version;
        };
        std::vector<Unknown> unknown;
    };
    Waiting waiting() const;
    /// What was read for those `unknown` in a snapshot taken after `waiting`; forgotten for a pool that has changed
    /// since.
    void learn(const Waiting& read);
    /// Pools with something that is being sent.
    std::vector<PoolId> sending() const;
    std::int64_t waiting(std::string_view application) const;
    std::optional<Pool> pool(PoolId id) const;
    std::optional<Pool> find(std::string_view class_name, std::string_view application,
                             std::string_view campaign) const;
    /// Never falls: the id of a forgotten pool is not given again.
    PoolId highest() const;
    /// Pools in which nothing is alive and nothing has changed since `before`; at most `limit`.
    std::vector<PoolId> idle(Monotonic before, std::size_t limit) const;

  private:
    struct Entry {
        Pool pool;
        LiveCounts counts{};
        Monotonic changed{};
        std::uint64_t version = 0;  // a new one with each change of its rows; no two entries ever share one
        bool knows_due = false;
        std::optional<Timestamp> next_due{};
    };
    struct State {
        std::int64_t finished[model::state_count] = {};
        LiveCounts live{};  // over all pools
        std::unordered_map<PoolId, Entry> pools;
        std::unordered_map<std::string, PoolId> names;
        PoolId highest;
        std::unordered_map<std::string, std::int64_t> waiting;  // by application

        void add(const Pool& pool, Monotonic now);
        void add(PoolId pool, const LiveCounts& by, Monotonic now);
        void forget(PoolId pool);
    };

    mutable std::mutex mutex_;  // guards what follows
    State state_;
    std::uint64_t last_version_ = 0;
};

}  // namespace chapar::store::sqlite
