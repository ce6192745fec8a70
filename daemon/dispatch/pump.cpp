// Picking: what goes next, by which route, and whether there is memory for it.

#include <algorithm>
#include <functional>
#include <utility>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

constexpr std::size_t lease_batch = 512;
/// What a message in flight takes beyond its text: an attempt's records here, in the plugin and in the transport.
constexpr std::size_t flight_base = 8 << 10;
/// What is handed over stands in memory as ours, as the plugin's message and as the transport's.
constexpr std::size_t copies = 3;
/// What may be handed over is foreseen from the request: its texts, and a text made of its HTML.
constexpr std::size_t request_to_outgoing = 2;
/// Of [queue] memory: one part in this many is for what waits, as many for what rendering made larger than foreseen.
constexpr std::size_t parts = 8;

std::size_t flight_bytes(const queue::Item& item) {
    return copies * std::max(request_to_outgoing * item.body_bytes, item.pool->foreseen_bytes) + flight_base;
}

}  // namespace

void Dispatcher::pump() {
    const Monotonic now = deps_.clock.monotonic();
    if (now < hold_until_) return;
    go_alone();
    for (const auto& route : routes_) {
        if (route->is_healthy(now)) {
            if (!alone_.closes(*route)) pump_route(route);
            continue;
        }
        auto parked = route->unpark_all();
        for (auto it = parked.rbegin(); it != parked.rend(); ++it)
            scheduler_.put_back(std::move(*it));
    }
}

void Dispatcher::pump_route(const std::shared_ptr<Route>& route) {
    const Monotonic now = deps_.clock.monotonic();
    std::vector<queue::ItemPtr> urgent, items;  // apart: an urgent one never waits until the others are read
    bool is_all = false;
    while (urgent.size() + items.size() < lease_batch && route->room(config::Priority::critical) > 0 &&
           route->is_healthy(now)) {
        if (!route->bucket().try_take(now)) break;
        queue::ItemPtr item = pick_for(*route);
        if (!item) {
            route->bucket().give_back(now);
            is_all = true;
            break;
        }
        if (item->queued.message.expires_at <= deps_.clock.now()) {
            route->bucket().give_back(now);
            expire(std::move(item));
            continue;
        }
        if (alone_.deaths(item->queued.message.id.key()) != 0) {
            route->bucket().give_back(now);
            alone_.add(std::move(item), route);
            wake();
            continue;
        }
        route->started(route->lane(*item), item->queued.message.id.key(), now);
        take_memory(*route, *item);
        (is_urgent(*item) ? urgent : items).push_back(std::move(item));
    }
    if (!urgent.empty()) lease(route, std::move(urgent), now, false);
    // Where places are scarce, nothing is kept back for company.
    if (!items.empty()) lease(route, std::move(items), now, is_all);
}

bool Dispatcher::is_urgent(const queue::Item& item) const {
    return class_priority(item.queued.message.class_name) == config::Priority::critical;
}

void Dispatcher::share_memory() {
    const std::size_t all = settings_->queue.memory;
    spare_ = all / parts;
    const std::size_t in_flight = all - 2 * (all / parts);
    in_all_->set_limit(in_flight);
    // The sandbox takes nothing away from the others.
    const auto real = std::ranges::count_if(
        routes_, [](const auto& route) { return route->settings().channel != model::sandbox_name; });
    const auto share = in_flight / std::max<std::size_t>(static_cast<std::size_t>(real), 1);
    for (const auto& route : routes_) {
        const std::size_t own = route->settings().memory;
        route->memory()->set_limit(own != 0 ? own : share);
    }
}

bool Dispatcher::has_memory(const Route& route, const queue::Item& item) const {
    const auto bytes = flight_bytes(item);
    const bool urgent = is_urgent(item);
    return route.memory()->fits(bytes, urgent) && in_all_->fits(bytes, urgent);
}

void Dispatcher::take_memory(const Route& route, queue::Item& item) {
    const auto bytes = flight_bytes(item);
    const bool urgent = is_urgent(item);
    item.kept.reset();
    item.in_route = queue::Budget::take(route.memory(), bytes, urgent);
    item.in_all = queue::Budget::take(in_all_, bytes, urgent);
}

void Dispatcher::free_memory(queue::Item& item) {
    item.in_route.reset();
    item.in_all.reset();
    unforeseen_ -= std::exchange(item.unforeseen_bytes, 0);
    auto& foreseen = item.pool->foreseen_bytes;
    constexpr std::size_t slowly = 16;
    if (const auto was = std::exchange(item.handed_bytes, 0)) foreseen = std::max(was, foreseen - foreseen / slowly);
}

queue::ItemPtr Dispatcher::pick_for(Route& route) {
    const auto may_unpark = [&](const std::string& class_name) -> std::optional<config::Priority> {
        const auto priority = class_priority(class_name);
        return route.room(priority) > 0 ? std::optional(priority) : std::nullopt;
    };
    Lane* const parked = route.ready_lane(deps_.clock.monotonic(), may_unpark);
    const auto parked_priority = parked == nullptr ? std::nullopt : std::optional(class_priority(parked->class_name));
    // What is parked was picked once already: only a stricter class goes before it.
    const auto serves = [&](const std::string& class_name) {
        const auto priority = class_priority(class_name);
        return (!parked_priority || priority < *parked_priority) && route.room(priority) > 0 &&
               route.serves(class_name) && (chooses(route.settings().channel) || is_primary(route, class_name));
    };
    const auto fits = [&](queue::ItemPtr& item) { return offer(route, item); };
    queue::ItemPtr item = scheduler_.pick(route.settings().channel, deps_.clock.now(), serves, fits);
    if (item || parked == nullptr || !has_memory(route, *parked->parked.front())) return item;
    return route.unpark(*parked);
}

queue::Fit Dispatcher::offer(Route& route, queue::ItemPtr& item) {
    if (lacks_senders(*item)) return read_again(item);
    if (chooses(route.settings().channel) && best_route(*item).get() != &route) return pass_on(item);
    Lane& lane = route.lane(*item);
    const Monotonic now = deps_.clock.monotonic();
    if (lane.concurrency.may_start(lane.in_flight, now) && lane.parked.empty())
        return has_memory(route, *item) ? queue::Fit::take : queue::Fit::full;
    if (Route::may_park(lane, now)) {
        scheduler_.shelter(*item);
        route.park(lane, std::move(item));
        return queue::Fit::parked;
    }
    // The lane has its fill in memory: this one goes back to the store until the lane has moved on.
    return set_aside(item, deps_.clock.now() + Route::given_back_for, model::Reason::lane_throttled,
                     route.settings().name + ' ' + lane.destination);
}

/// From the store, on the way from which what is missing is worked out.
queue::Fit Dispatcher::read_again(queue::ItemPtr& item) {
    queue::PoolState& pool = *item->pool;
    scheduler_.forget(*item);
    scheduler_.mark_overflow(pool, deps_.clock.now());
    item.reset();
    return queue::Fit::parked;
}

queue::Fit Dispatcher::set_aside(queue::ItemPtr& item, Timestamp due, model::Reason reason, std::string detail) {
    store::Transition later;
    later.key = item->queued.message.id.key();
    later.due = due;
    later.trace.push_back({deps_.clock.now(), reason, std::move(detail)});
    queue::PoolState& pool = *item->pool;
    scheduler_.forget(*item);
    scheduler_.mark_overflow(pool, *later.due);
    item.reset();
    deps_.messages.move(std::move(later), [](Result<model::Progress>) {});
    return queue::Fit::parked;
}

void Dispatcher::expire(queue::ItemPtr item) {
    store::Transition over;
    over.key = item->queued.message.id.key();
    over.event = model::Event::expire;
    over.trace.push_back({deps_.clock.now(), model::Reason::expired, ""});
    scheduler_.forget(*item);
    deps_.messages.move(std::move(over), [](Result<model::Progress>) {
        // Refused: somebody else moved it. Unavailable: it is still waiting and will be found over again.
    });
}

}  // namespace chapar::dispatch
