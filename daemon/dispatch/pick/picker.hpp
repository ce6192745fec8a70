#pragma once
// Picking: which messages go now, by which route, as far as places, rates, lanes and memory allow. What can't go now
// stays in its line, waits in a lane, or goes back to the store for a while.
//
// Threads: the dispatch strand only.

#include <string>
#include <vector>

#include "dispatch/active_config.hpp"
#include "dispatch/flight_memory.hpp"
#include "dispatch/pick/crash_suspects.hpp"
#include "dispatch/routing/router.hpp"
#include "queue/scheduler.hpp"
#include "store/messages.hpp"

namespace chapar::dispatch {

/// Messages that were picked for one route. Each holds a place, a part of the rate and memory.
struct Batch {
    std::shared_ptr<Route> route;
    std::vector<queue::ItemPtr> items;
    Monotonic taken{};      // when their parts of the route's rate were taken
    bool can_wait = false;  // their lease may wait for others to share its commit
};

struct Picked {
    std::vector<Batch> batches;
    bool again = false;  // something changed that another look may use
};

class Picker {
  public:
    struct Deps {
        const Clock& clock;
        store::Messages& messages;
        const ConfigInUse& config;
        Router& router;
        queue::Scheduler& scheduler;
        CrashSuspects& suspects;
        FlightMemory& memory;
    };
    explicit Picker(Deps deps) : deps_(deps) {}

    /// `is_idle`: nothing is leased or in flight anywhere, so nothing else could be blamed for a crash.
    Picked pick(bool is_idle);
    /// Its time is over: it ends in the store.
    void expire(queue::ItemPtr item);
    /// The items go to the front of their lines, in their order.
    void put_back(std::vector<queue::ItemPtr> items);

  private:
    void pick_suspect(bool is_idle, Picked& out);
    bool may_go_alone(const Route& route, bool is_idle) const;
    void pick_for(const std::shared_ptr<Route>& route, Picked& out);
    queue::ItemPtr next_for(Route& route, Picked& out);
    queue::Fit offer(Route& route, queue::ItemPtr& item, Picked& out);
    queue::Fit reroute(queue::ItemPtr& item, Picked& out);
    queue::Fit read_again(queue::ItemPtr& item);
    queue::Fit defer(queue::ItemPtr& item, model::Reason reason, std::string detail);
    bool is_urgent(const queue::Item& item) const { return deps_.config->is_urgent(item.queued.message.class_name); }

    const Deps deps_;
};

}  // namespace chapar::dispatch
