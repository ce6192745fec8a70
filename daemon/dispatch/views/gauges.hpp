#pragma once
// Shows the queue and the routes to monitoring. The number of time series is bounded, whatever applications do.
//
// Threads: the dispatch strand only.

#include <vector>

#include "base/metrics.hpp"
#include "dispatch/active_config.hpp"
#include "dispatch/flight_memory.hpp"
#include "dispatch/in_flight_table.hpp"
#include "dispatch/routing/router.hpp"
#include "queue/scheduler.hpp"
#include "store/queue.hpp"

namespace chapar::dispatch {

class Gauges {
  public:
    struct Deps {
        const Clock& clock;
        metrics::Registry& metrics;
        const ConfigInUse& config;
        Router& router;
        queue::Scheduler& scheduler;
        FlightMemory& memory;
        InFlightTable& in_flight;
    };
    explicit Gauges(Deps deps);

    /// Shows what the strand has in memory, and its routes. Called once a second.
    void show_memory();
    /// `pools`: all that waits. At most once a second.
    void show_waiting(const std::vector<store::PoolDepth>& pools);

  private:
    void show_routes();

    const Deps deps_;
    Monotonic waiting_at_{};
    metrics::Gauge& in_flight_;
    metrics::Gauge& in_memory_;
    metrics::Gauge& bytes_waiting_;
    metrics::Gauge& bytes_in_flight_;
};

}  // namespace chapar::dispatch
