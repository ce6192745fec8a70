// Picking, leasing and handing over.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <functional>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

constexpr std::size_t lease_batch = 512;
constexpr Milliseconds store_pause{200};

}  // namespace

void Dispatcher::pump() {
    const Monotonic now = deps_.clock.monotonic();
    if (now < hold_until_) return;
    for (const auto& route : routes_) {
        if (route->is_healthy(now)) {
            pump_route(route);
            continue;
        }
        auto parked = route->unpark_all();
        for (auto it = parked.rbegin(); it != parked.rend(); ++it)
            scheduler_.put_back(std::move(*it));
    }
}

void Dispatcher::pump_route(const std::shared_ptr<Route>& route) {
    const Monotonic now = deps_.clock.monotonic();
    std::vector<queue::ItemPtr> items;
    while (items.size() < lease_batch && route->room(config::Priority::critical) > 0 && route->is_healthy(now)) {
        if (!route->bucket().try_take(now)) break;
        queue::ItemPtr item = pick_for(*route);
        if (!item) {
            route->bucket().give_back();
            break;
        }
        if (item->queued.message.expires_at <= deps_.clock.now()) {
            route->bucket().give_back();
            expire(std::move(item));
            continue;
        }
        route->started(route->lane(*item), now);
        items.push_back(std::move(item));
    }
    if (!items.empty()) lease(route, std::move(items));
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
    if (item || parked == nullptr) return item;
    return route.unpark(*parked);
}

queue::Fit Dispatcher::offer(Route& route, queue::ItemPtr& item) {
    if (chooses(route.settings().channel) && best_route(*item).get() != &route) return pass_on(item);
    Lane& lane = route.lane(*item);
    const Monotonic now = deps_.clock.monotonic();
    if (lane.concurrency.may_start(lane.in_flight, now) && lane.parked.empty()) return queue::Fit::take;
    if (Route::may_park(lane, now)) {
        route.park(lane, std::move(item));
        return queue::Fit::parked;
    }
    // The lane has its fill in memory: this one goes back to the store until the lane has moved on.
    return set_aside(item, deps_.clock.now() + Route::given_back_for, model::Reason::lane_throttled,
                     route.settings().name + ' ' + lane.destination);
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
    deps_.store.move(std::move(later), [](Result<model::Progress>) {});
    return queue::Fit::parked;
}

void Dispatcher::expire(queue::ItemPtr item) {
    store::Transition over;
    over.key = item->queued.message.id.key();
    over.event = model::Event::expire;
    over.trace.push_back({deps_.clock.now(), model::Reason::expired, ""});
    scheduler_.forget(*item);
    deps_.store.move(std::move(over), [](Result<model::Progress>) {
        // Refused: somebody else moved it. Unavailable: it is still waiting and will be found over again.
    });
}

void Dispatcher::lease(const std::shared_ptr<Route>& route, std::vector<queue::ItemPtr> items) {
    std::vector<store::Lease> leases;
    std::vector<Facts> facts;
    leases.reserve(items.size());
    facts.reserve(items.size());
    for (const auto& item : items) {
        leases.push_back({item->queued.message.id.key(), item->queued.progress.attempts + 1, item->step().channel,
                          route->settings().name, deps_.clock.now()});
        facts.push_back(facts_of(*route, *item));
    }
    ++unleased_;
    auto held = std::make_shared<std::vector<queue::ItemPtr>>(std::move(items));
    auto gate = std::make_shared<PolicyGate>(rules_, deps_.clock, std::move(facts));
    deps_.store.lease(std::move(leases), gate, [this, route, held, gate](Result<std::vector<model::Leased>> answers) {
        auto answer = std::make_shared<Result<std::vector<model::Leased>>>(std::move(answers));
        boost::asio::post(deps_.strand, [this, route, held, gate, answer] {
            leased(route, std::move(*held), *gate, std::move(*answer));
        });
    });
}

void Dispatcher::not_leased(Route& route, queue::ItemPtr item, const model::Leased& answer,
                            std::optional<model::Reason> reason) {
    route.bucket().give_back();
    if (!answer.state) {
        scheduler_.mark_overflow(*item->pool, deps_.clock.now());  // it moved in the store: read it again
        scheduler_.forget(*item);
        return;
    }
    if (reason) {
        metrics::Counter*& counter = kept_back_counters_[*reason];
        if (counter == nullptr) {
            counter = &deps_.metrics.counter("messages_kept_back_total", "Messages that the policy delayed or ended.",
                                             {{"reason", std::string(model::name(*reason))}});
        }
        counter->add();
    }
    scheduler_.forget(*item);
    if (*answer.state != model::State::waiting) return;
    item->queued.progress.step = answer.step;
    item->queued.progress.due = answer.due;
    scheduler_.add(std::move(item), deps_.clock.now());
}

void Dispatcher::leased(const std::shared_ptr<Route>& route, std::vector<queue::ItemPtr> items, const PolicyGate& gate,
                        Result<std::vector<model::Leased>> answers) {
    --unleased_;
    std::vector<const store::Queued*> go;
    std::vector<Landing> back;
    for (std::size_t i = items.size(); i-- > 0;) {
        queue::ItemPtr item = std::move(items[i]);
        Lane& lane = route->lane(*item);
        if (answers.has_value()) raise(gate.alarms(i));
        if (!answers.has_value()) {
            route->never_started(lane);
            scheduler_.put_back(std::move(item));
            continue;
        }
        if (!(*answers)[i].granted) {
            route->never_started(lane);
            not_leased(*route, std::move(item), (*answers)[i], gate.reason(i));
            continue;
        }
        item->queued.progress.attempts += 1;
        item->queued.progress.state = model::State::sending;
        if (const auto& digest = gate.digest(i)) model::append(item->queued.progress.trace, *digest);
        const MessageKey key = item->queued.message.id.key();
        const store::Queued* queued = &item->queued;
        flights_.emplace(key, Flight{std::move(item), route, &lane, gate.facts(i).estimate, false});
        if (stopping_) {
            back.push_back({key, queued->progress.attempts, {}, std::nullopt, false});
        } else {
            go.push_back(queued);
        }
    }
    if (!answers.has_value()) {
        hold_until_ = deps_.clock.monotonic() + store_pause;
        log::error("store.lease_failed", "no attempt can be written down, so nothing is sent: {}",
                   answers.error().message());
    }
    std::reverse(go.begin(), go.end());
    if (!go.empty()) hand_over(route, std::move(go));
    if (!back.empty()) land(std::move(back));
    wake();
}

void Dispatcher::hand_over(const std::shared_ptr<Route>& route, std::vector<const store::Queued*> messages) {
    const std::size_t batch = std::max<std::size_t>(route->instance().traits().max_batch, 1);
    SiteDefaults site = site_defaults();
    site.lines = route->lines();
    for (std::size_t from = 0; from < messages.size(); from += batch) {
        const auto to = messages.begin() + static_cast<std::ptrdiff_t>(std::min(from + batch, messages.size()));
        std::vector<const store::Queued*> part(messages.begin() + static_cast<std::ptrdiff_t>(from), to);
        const std::uint64_t ticket = ++last_ticket_;
        open_tickets_.insert(ticket);
        auto work = [this, site, ticket, settings = settings_, part = std::move(part),
                     instance = route->shared_instance(), deadline = route->settings().deadline] {
            prepare_and_send(part, site, *settings, *instance, deadline);
            boost::asio::post(deps_.strand, [this, ticket] { handed_over(ticket); });
        };
        boost::asio::post(deps_.workers, std::move(work));
    }
}

void Dispatcher::handed_over(std::uint64_t ticket) {
    open_tickets_.erase(ticket);
    const std::uint64_t oldest = open_tickets_.empty() ? last_ticket_ + 1 : *open_tickets_.begin();
    const auto passed = [&](const auto& fence) { return fence.first < oldest; };
    const auto ready = std::stable_partition(fences_.begin(), fences_.end(), std::not_fn(passed));
    std::vector<std::pair<std::uint64_t, std::function<void()>>> done(std::make_move_iterator(ready),
                                                                      std::make_move_iterator(fences_.end()));
    fences_.erase(ready, fences_.end());
    for (auto& fence : done)
        fence.second();
}

void Dispatcher::fence(std::function<void()> done) {
    boost::asio::post(deps_.strand, [this, done = std::move(done)] {
        if (open_tickets_.empty()) {
            done();
            return;
        }
        fences_.emplace_back(last_ticket_, done);
    });
}

std::expected<std::optional<Digest>, Refusal> Dispatcher::digest_of(const store::Queued& queued) {
    auto name = digest_template(queued.progress.trace);
    if (name.empty()) return std::nullopt;
    const auto carried = deps_.store.collected(queued.message.id.key());
    if (!carried.has_value()) return std::unexpected(Refusal{model::Reason::given_back, carried.error().message()});
    if (carried->empty()) return std::nullopt;  // none of them may go any more: it goes as itself
    return make_digest(std::move(name), queued.message, *carried);
}

void Dispatcher::prepare_and_send(const std::vector<const store::Queued*>& messages, SiteDefaults site,
                                  const config::Settings& settings, plugin::Instance& instance, Milliseconds deadline) {
    std::vector<plugin::Outgoing> batch;
    std::vector<Landing> refused;
    auto attempts = std::make_shared<std::vector<std::pair<MessageKey, int>>>();
    batch.reserve(messages.size());
    attempts->reserve(messages.size());
    for (const store::Queued* queued : messages) {
        const MessageKey key = queued->message.id.key();
        const int number = queued->progress.attempts;
        auto digest = digest_of(*queued);
        site.is_urgent = priority_in(settings, queued->message.class_name) == config::Priority::critical;
        auto outgoing = digest.has_value() ? prepare(*queued, number, deps_.catalogue, site, deps_.clock.now(), *digest)
                                           : std::unexpected(std::move(digest.error()));
        if (!outgoing.has_value()) {
            refused.push_back({key, number, {}, std::move(outgoing.error()), false});
            continue;
        }
        batch.push_back(std::move(*outgoing));
        attempts->emplace_back(key, number);
    }
    if (!refused.empty()) receive(std::move(refused));
    if (batch.empty()) return;
    // From here on `messages` must not be touched: completions may free them.
    instance.send(std::move(batch), deadline, [this, attempts](std::size_t index, model::Outcome outcome) {
        const auto& [key, number] = (*attempts)[index];
        receive(Landing{key, number, std::move(outcome), std::nullopt, true});
    });
}

}  // namespace chapar::dispatch
