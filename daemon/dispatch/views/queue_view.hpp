#pragma once
// Tells what waits and why, as the routes and the rows say it now.
//
// Threads: the dispatch strand only.

#include <string>
#include <string_view>

#include "dispatch/control.hpp"
#include "dispatch/in_flight_table.hpp"
#include "dispatch/views/standing.hpp"
#include "dispatch/views/waiting.hpp"
#include "queue/scheduler.hpp"

namespace chapar::dispatch {

class QueueViewer {
  public:
    struct Deps {
        const Clock& clock;
        const ConfigInUse& config;
        Router& router;
        queue::Scheduler& scheduler;
        InFlightTable& in_flight;
        const Standing& standing;
    };
    explicit QueueViewer(Deps deps) : deps_(deps) {}

    /// `store_holds`: nothing is leased just now, because the store refused. `stalls` and `held` are the caller's to
    /// fill.
    QueueView view(const std::vector<PoolLook>& pools, bool store_holds) const;

  private:
    WaitReason why_due(std::string_view channel, const std::string& class_name, bool store_holds) const;
    PoolView view_of(const PoolLook& look, bool store_holds) const;

    const Deps deps_;
};

}  // namespace chapar::dispatch
