#pragma once
// How many messages are in which state, by pool while they are alive. The counts stand in the store and move in the
// commits that move the messages; here they are in memory, so that each scrape of /metrics costs nothing.
// Callable from any thread.

#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "model/state.hpp"
#include "store/messages.hpp"
#include "store/queue.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::engine {

/// All pools and counts, as they stand in a store.
struct CountSnapshot {
    std::vector<Pool> pools;
    struct Count {
        PoolId pool;  // of live states
        model::State state = model::State::waiting;
        std::int64_t count = 0;
    };
    std::vector<Count> counts;
    PoolId highest;  // that was ever given
};

class Counters final : public rules::PoolNames {
  public:
    /// In place of what was known.
    void load(const CountSnapshot& snapshot, Monotonic now);
    void apply(const CountChanges& changes, Monotonic now);

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
    std::optional<Pool> pool(PoolId id) const override;
    std::optional<Pool> find(std::string_view class_name, std::string_view application,
                             std::string_view campaign) const override;
    PoolId highest() const override;
    std::vector<PoolId> idle(Monotonic before, std::size_t limit) const override;

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

}  // namespace chapar::store::engine
