// The turn of those that were in hand when the daemon died: one after another, see alone.hpp.

#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {

/// Nothing is in hand that could be blamed in its place.
bool Dispatcher::may_go_alone(const Route& route) const {
    if (alone_.is_strict()) return flights_.empty() && unleased_ == 0 && unsettled_ == 0;
    return route.in_flight() <= alone_.still_out(route) || alone_.is_overdue(deps_.clock.monotonic());
}

void Dispatcher::go_alone() {
    const Monotonic now = deps_.clock.monotonic();
    for (auto& item : alone_.take_unhealthy(now))
        scheduler_.put_back(std::move(item));
    for (auto& item : alone_.take_expired(deps_.clock.now()))
        expire(std::move(item));
    const auto route = alone_.turn(now);
    if (!route || !may_go_alone(*route) || route->room(config::Priority::critical) <= 0) return;
    if (!route->bucket().try_take(now)) return;
    queue::ItemPtr item = alone_.take_off(now);
    if (!item) {
        route->bucket().give_back(now);
        return;
    }
    route->started(route->lane(*item), item->queued.message.id.key(), now);
    take_memory(*route, *item);
    std::vector<queue::ItemPtr> items;
    items.push_back(std::move(item));
    lease(route, std::move(items), now, false);
}

}  // namespace chapar::dispatch
