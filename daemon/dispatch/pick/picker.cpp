#include "dispatch/pick/picker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace chapar::dispatch {
namespace {

constexpr std::size_t lease_batch = 512;

}  // namespace

Picked Picker::pick(bool is_idle) {
    Picked out;
    const Monotonic now = deps_.clock.monotonic();
    pick_suspect(is_idle, out);
    for (const auto& route : deps_.router.routes()) {
        if (!route->is_healthy(now))
            put_back(route->unpark_all());
        else if (!deps_.suspects.closes(*route))
            pick_for(route, out);
    }
    return out;
}

void Picker::put_back(std::vector<queue::ItemPtr> items) {
    for (auto item = items.rbegin(); item != items.rend(); ++item)
        deps_.scheduler.put_back(std::move(*item));
}

/// No other message is in hand that could be blamed in its place.
bool Picker::may_go_alone(const Route& route, bool is_idle) const {
    const auto& suspects = deps_.suspects;
    if (suspects.is_strict()) return is_idle;
    return route.in_flight() <= suspects.still_out(route) || suspects.is_overdue(deps_.clock.monotonic());
}

void Picker::pick_suspect(bool is_idle, Picked& out) {
    auto& suspects = deps_.suspects;
    const Monotonic now = deps_.clock.monotonic();
    for (auto& item : suspects.take_unhealthy(now))
        deps_.scheduler.put_back(std::move(item));
    for (auto& item : suspects.take_expired(deps_.clock.now()))
        expire(std::move(item));
    const auto route = suspects.turn(now);
    if (!route || !may_go_alone(*route, is_idle) || route->room(config::Priority::critical) <= 0) return;
    if (!route->bucket().try_take(now)) return;
    queue::ItemPtr item = suspects.start_next(now);
    if (!item) {
        route->bucket().give_back(now);
        return;
    }
    route->started(route->lane(*item), item->queued.message.id.key(), now);
    deps_.memory.charge(*route, *item, is_urgent(*item));
    auto& batch = out.batches.emplace_back(Batch{route, {}, now, false});
    batch.items.push_back(std::move(item));
}

void Picker::pick_for(const std::shared_ptr<Route>& route, Picked& out) {
    const Monotonic now = deps_.clock.monotonic();
    Batch urgent{route, {}, now, false};  // apart: an urgent one never waits until the others are read
    Batch others{route, {}, now, false};  // where places are scarce, nothing is kept back for company
    while (urgent.items.size() + others.items.size() < lease_batch && route->room(config::Priority::critical) > 0 &&
           route->is_healthy(now)) {
        if (!route->bucket().try_take(now)) break;
        queue::ItemPtr item = next_for(*route, out);
        if (!item) {
            route->bucket().give_back(now);
            others.can_wait = true;
            break;
        }
        if (item->queued.message.expires_at <= deps_.clock.now()) {
            route->bucket().give_back(now);
            expire(std::move(item));
            continue;
        }
        if (deps_.suspects.deaths(item->queued.message.id.key()) != 0) {
            route->bucket().give_back(now);
            deps_.suspects.add(std::move(item), route);
            out.again = true;
            continue;
        }
        const bool is_first = is_urgent(*item);
        route->started(route->lane(*item), item->queued.message.id.key(), now);
        deps_.memory.charge(*route, *item, is_first);
        (is_first ? urgent : others).items.push_back(std::move(item));
    }
    if (!urgent.items.empty()) out.batches.push_back(std::move(urgent));
    if (!others.items.empty()) out.batches.push_back(std::move(others));
}

queue::ItemPtr Picker::next_for(Route& route, Picked& out) {
    const auto& config = *deps_.config;
    const auto& channel = route.settings().channel;
    const auto may_unpark = [&](const std::string& class_name) -> std::optional<config::Priority> {
        const auto priority = config.priority(class_name);
        return route.room(priority) > 0 ? std::optional(priority) : std::nullopt;
    };
    Lane* const parked = route.ready_lane(deps_.clock.monotonic(), may_unpark);
    const auto parked_priority = parked == nullptr ? std::nullopt : std::optional(config.priority(parked->class_name));
    // A parked message was picked once already: only a stricter class goes before it.
    const auto serves = [&](const std::string& class_name) {
        const auto priority = config.priority(class_name);
        return (!parked_priority || priority < *parked_priority) && route.room(priority) > 0 &&
               route.serves(class_name) &&
               (deps_.router.chooses(channel) || deps_.router.is_primary(route, class_name));
    };
    const auto fits = [&](queue::ItemPtr& item) { return offer(route, item, out); };
    queue::ItemPtr item = deps_.scheduler.pick(channel, deps_.clock.now(), serves, fits);
    if (item || parked == nullptr) return item;
    const auto& front = *parked->parked.front();
    return deps_.memory.fits(route, front, is_urgent(front)) ? route.unpark(*parked) : nullptr;
}

queue::Fit Picker::offer(Route& route, queue::ItemPtr& item, Picked& out) {
    if (deps_.router.lacks_senders(*item)) return read_again(item);
    if (deps_.router.chooses(route.settings().channel) && deps_.router.best(*item).get() != &route)
        return reroute(item, out);
    Lane& lane = route.lane(*item);
    const Monotonic now = deps_.clock.monotonic();
    if (lane.concurrency.may_start(lane.in_flight, now) && lane.parked.empty())
        return deps_.memory.fits(route, *item, is_urgent(*item)) ? queue::Fit::take : queue::Fit::full;
    if (Route::may_park(lane, now)) {
        deps_.scheduler.keep_small_body(*item);
        route.park(lane, std::move(item));
        return queue::Fit::parked;
    }
    // The lane has its fill in memory: this one goes back to the store until the lane has moved on.
    return defer(item, model::Reason::lane_throttled, route.settings().name + ' ' + lane.destination);
}

/// The item is parked at the route that it should take; where none can take it, it goes back to the store for a while.
queue::Fit Picker::reroute(queue::ItemPtr& item, Picked& out) {
    const auto best = deps_.router.best(*item);
    if (!best) {
        const auto& step = item->step();
        const auto sender = deps_.router.sender_of(*item);
        const auto whom = sender.empty() ? step.address : fmt::format("{} as {}", step.address, sender);
        return defer(item, model::Reason::no_route,
                     fmt::format("no route of {} that takes {} can send now", step.channel, whom));
    }
    Lane& lane = best->lane(*item);
    if (!Route::may_park(lane, deps_.clock.monotonic()))
        return defer(item, model::Reason::lane_throttled, best->settings().name + ' ' + lane.destination);
    deps_.scheduler.keep_small_body(*item);
    best->park(lane, std::move(item));
    out.again = true;
    return queue::Fit::parked;
}

/// The item is read from the store again; on that way its senders are worked out.
queue::Fit Picker::read_again(queue::ItemPtr& item) {
    queue::PoolState& pool = *item->pool;
    deps_.scheduler.forget(*item);
    deps_.scheduler.mark_overflow(pool, deps_.clock.now());
    item.reset();
    return queue::Fit::parked;
}

queue::Fit Picker::defer(queue::ItemPtr& item, model::Reason reason, std::string detail) {
    const Timestamp now = deps_.clock.now();
    store::Transition later;
    later.key = item->queued.message.id.key();
    later.due = now + Route::given_back_for;
    later.trace.push_back({now, reason, std::move(detail)});
    queue::PoolState& pool = *item->pool;
    deps_.scheduler.forget(*item);
    deps_.scheduler.mark_overflow(pool, *later.due);
    item.reset();
    deps_.messages.move(std::move(later), [](Result<model::Progress>) {});
    return queue::Fit::parked;
}

void Picker::expire(queue::ItemPtr item) {
    store::Transition over;
    over.key = item->queued.message.id.key();
    over.event = model::Event::expire;
    over.trace.push_back({deps_.clock.now(), model::Reason::expired, ""});
    deps_.scheduler.forget(*item);
    deps_.messages.move(std::move(over), [](Result<model::Progress>) {
        // Refused: somebody else moved it. Unavailable: it is still waiting and will be found over again.
    });
}

}  // namespace chapar::dispatch
