#pragma once
// The dead man's switch: work is due, a route may send it, and nothing is begun. Whatever the cause, it is said.
//
// Threads: `look` on the dispatch strand; `stalls` from any.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "dispatch/active_config.hpp"
#include "dispatch/control.hpp"
#include "dispatch/flight_memory.hpp"
#include "dispatch/in_flight_table.hpp"
#include "dispatch/pick/crash_suspects.hpp"
#include "dispatch/routing/router.hpp"
#include "queue/scheduler.hpp"
#include "store/queue.hpp"

namespace chapar::dispatch {

class StallWatch {
  public:
    struct Deps {
        const Clock& clock;
        metrics::Registry& metrics;
        const ConfigInUse& config;
        Router& router;
        queue::Scheduler& scheduler;
        CrashSuspects& suspects;
        FlightMemory& memory;
        InFlightTable& in_flight;
    };
    explicit StallWatch(Deps deps) : deps_(deps) {}

    /// `pools`: all that waits. `store_fails`: nothing can be begun, and the store says so itself.
    void look(const std::vector<store::PoolDepth>& pools, bool store_fails);
    /// Routes that may send what is due and begin nothing.
    std::vector<Stall> stalls() const;

  private:
    using Classes = std::map<std::string, std::int64_t>;
    /// How many messages of which class the route could begin now, and does not.
    Classes startable(Route& route, const std::vector<store::PoolDepth>& due);
    bool has_work(Route& route, const store::Pool& pool, bool is_idle);
    std::string describe(const Route& route, const Classes& classes) const;
    void say(const std::vector<Stall>& stalls);

    const Deps deps_;
    std::shared_ptr<const std::vector<Stall>> stalls_;  // by std::atomic_load and std::atomic_store
    Monotonic said_{};
};

}  // namespace chapar::dispatch
