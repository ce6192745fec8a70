#pragma once
// How the pools of an application and the applications of a class take turns: start-time fair queueing. Only what has
// something ready is looked at.

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "queue/scheduler.hpp"

namespace chapar::queue {

/// An application within a class. Knows those of its pools that have something ready.
struct FairShare {
    struct Earlier {
        bool operator()(const PoolState* a, const PoolState* b) const {
            return std::pair(a->virtual_time, a->number) < std::pair(b->virtual_time, b->number);
        }
    };
    using Pools = std::set<PoolState*, Earlier>;
    struct Channel {
        std::string name;
        Pools ready;
    };
    std::string name;
    double weight = 1;
    double virtual_time = 0;
    double pool_time = 0;  // virtual time of the last served pool
    std::vector<Channel> channels{};

    Pools* ready(std::string_view channel) {
        for (Channel& candidate : channels) {
            if (candidate.name == channel) return candidate.ready.empty() ? nullptr : &candidate.ready;
        }
        return nullptr;
    }
    void enter(const std::string& channel, PoolState& pool) {
        // A pool that was idle starts at the present: idleness earns no credit.
        if (pool.virtual_time < pool_time) move_to(pool, pool_time);
        for (Channel& candidate : channels) {
            if (candidate.name == channel) return void(candidate.ready.insert(&pool));
        }
        channels.push_back({channel, {&pool}});
    }
    void leave(const std::string& channel, PoolState& pool) {
        for (Channel& candidate : channels) {
            if (candidate.name == channel) candidate.ready.erase(&pool);
        }
    }
    void move_to(PoolState& pool, double time) {
        std::vector<Pools*> in;
        for (Channel& candidate : channels) {
            if (candidate.ready.erase(&pool) != 0) in.push_back(&candidate.ready);
        }
        pool.virtual_time = time;
        for (Pools* pools : in)
            pools->insert(&pool);
    }
};

struct Scheduler::Class {
    config::ClassSettings settings;
    double virtual_time = 0;
    double credit = 0;  // what the guaranteed share has earned
    std::vector<std::unique_ptr<FairShare>> shares;

    bool has_ready(std::string_view channel) const {
        return std::ranges::any_of(shares, [&](const auto& share) { return share->ready(channel) != nullptr; });
    }
};

}  // namespace chapar::queue
