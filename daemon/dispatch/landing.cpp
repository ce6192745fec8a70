// Outcomes: from plugin threads to the strand, into a settlement, into what the lane learns, onto the disk.

#include <bit>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/log.hpp"
#include "dispatch/advice.hpp"
#include "dispatch/costs.hpp"
#include "dispatch/dispatcher.hpp"
#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds store_pause{200};

/// The message's own, or its class's; 0: it does not fall back by time.
Milliseconds fallback_after(const queue::Item& item, const config::ClassSettings& cls) {
    if (item.queued.message.plan.size() < 2) return Milliseconds{0};
    return item.fallback_after.value_or(cls.fallback_after);
}

const std::string& address_of(const store::Queued& queued) {
    return queued.message.plan[static_cast<std::size_t>(queued.progress.step)].address;
}

}  // namespace

void Dispatcher::receive(std::vector<Landing> landings) {
    bool first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        first = inbox_.empty();
        std::move(landings.begin(), landings.end(), std::back_inserter(inbox_));
    }
    if (first) boost::asio::post(deps_.strand, [this] { collect(); });
}

void Dispatcher::receive(Landing landing) {
    bool first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        first = inbox_.empty();
        inbox_.push_back(std::move(landing));
    }
    if (first) boost::asio::post(deps_.strand, [this] { collect(); });
}

void Dispatcher::collect() {
    std::vector<Landing> landings;
    {
        const std::lock_guard lock(inbox_mutex_);
        landings.swap(inbox_);
    }
    land(std::move(landings));
}

void Dispatcher::land(std::vector<Landing> landings) {
    std::vector<store::Settlement> settlements;
    settlements.reserve(landings.size());
    for (Landing& landing : landings) {
        const auto before = settlements.size();
        settle(landing, settlements);
        // It came back: whatever ended the daemon, it was not this message.
        const bool lives = settlements.size() > before && settlements.back().event != model::Event::give_back;
        if (lives && alone_.deaths(landing.key) != 0) {
            settlements.back().deaths = 0;
            settlements.back().can_wait = false;  // the next one that goes alone waits for this commit
        }
    }
    if (!settlements.empty()) write(std::move(settlements));
    wake();
}

void Dispatcher::settle(Landing& landing, std::vector<store::Settlement>& out) {
    const auto found = flights_.find(landing.key);
    if (found == flights_.end() || found->second.landed) return;
    Flight& flight = found->second;
    const store::Queued& queued = flight.item->queued;
    if (queued.progress.attempts != landing.number) return;
    flight.landed = true;
    free_memory(*flight.item);
    let_go(flight);
    Route& route = *flight.route;
    const auto cls = class_settings(queued.message.class_name);
    // Whoever waits longer than that has no second try before it expires; neither has anybody else of its lane.
    if (auto& asked = landing.outcome.retry_after) asked = std::min(*asked, cls.max_age / 2);
    if (!landing.handed_over) {
        route.never_started(*flight.lane, landing.key, deps_.clock.monotonic());
        track::Facts facts{queued.message, queued.progress, cls, {}, deps_.clock.now(), {}, false};
        if (landing.refusal && landing.refusal->reason == model::Reason::given_back) {
            out.push_back(track::give_back(facts, landing.refusal->detail));
            out.back().due += landing.refusal->wait;
        } else if (landing.refusal) {
            count_attempt(route, "stopped");
            out.push_back(track::stop(facts, landing.refusal->reason, landing.refusal->detail));
        } else {
            out.push_back(track::give_back(facts, "the daemon is stopping"));
        }
        return;
    }
    route.ended(*flight.lane, landing.outcome, deps_.clock.monotonic());
    count_attempt(route, model::name(landing.outcome.verdict));
    learn(flight, landing.outcome);
    const auto other = landing.outcome.blame == model::Blame::provider ? best_route(*flight.item, &route) : nullptr;
    auto delay = queue::retry_delay(cls.backoff, queued.progress.attempts, landing.outcome.retry_after, random_);
    // A test waits as long as the sandbox says, so that whoever watches it need not wait longer.
    if (flight.item->step().is_test) delay = landing.outcome.retry_after.value_or(delay);
    if (landing.outcome.verdict == model::Verdict::accepted || landing.outcome.verdict == model::Verdict::delivered) {
        if (landing.outcome.verdict == model::Verdict::accepted)
            route.receipts().taken(landing.key, deps_.clock.monotonic());
        latency_.observe(std::chrono::duration<double>(deps_.clock.now() - queued.message.accepted_at).count());
    }
    if (other && landing.outcome.verdict == model::Verdict::retry) flight.item->avoid_route = route.index();
    out.push_back(track::settle({queued.message, queued.progress, cls, std::move(landing.outcome), deps_.clock.now(),
                                 delay, other != nullptr, fallback_after(*flight.item, cls)}));
    note_cost(route, flight, out.back());
    if (!flight.item->step().is_test) out.back().suppress = learnt_of(queued, route, out.back());
    // Nothing waits for the outcome of what is over; the route's place is free already.
    out.back().can_wait = model::next(model::State::sending, out.back().event) != model::State::waiting;
    if (route.reports_later()) out.back().tracked = store::Tracked{route.settings().name, address_of(queued)};
}

/// What the outcome says of the address, for whatever is to go there later.
std::optional<model::Suppression> Dispatcher::learnt_of(const store::Queued& queued, const Route& route,
                                                        const store::Settlement& ended) const {
    if (ended.outcome.verdict == model::Verdict::rejected && ended.outcome.code == model::blocked_code)
        return model::blocked_by_operator(route.settings().channel, address_of(queued), route.settings().name,
                                          deps_.clock.now());
    return settings_->policy.hard_bounces ? track::hard_bounce(queued.message, queued.progress.step, ended)
                                          : std::nullopt;
}

void Dispatcher::note_cost(const Route& route, const Flight& flight, store::Settlement& out) {
    if (flight.estimate) count_cost(deps_.metrics, "estimated", route.settings().name, *flight.estimate);
    auto bill = model::read_bill(out.outcome.cost);
    if (!bill) return;
    bill->attempt = out.number;
    count_cost(deps_.metrics, "billed", route.settings().name, *bill);
    out.trace.push_back({deps_.clock.now(), model::Reason::billed, model::billed_detail(*bill)});
}

void Dispatcher::learn(Flight& flight, const model::Outcome& outcome) {
    const Monotonic now = deps_.clock.monotonic();
    const MessageKey key = flight.item->queued.message.id.key();
    Route& route = *flight.route;
    // What an instance that was replaced says is true of settings that are used no more.
    if (flight.instance != route.shared_instance()) return route.no_lesson(key, now);
    say_what_was_learnt(route, route.learn(*flight.lane, key, outcome, now), outcome);
}

void Dispatcher::say_what_was_learnt(const Route& route, const Lesson& lesson, const model::Outcome& outcome) const {
    const auto& name = route.settings().name;
    const auto words = model::words(outcome);
    if (lesson.closed)
        log::info("route.circuit_closed", "route {}: the provider answers again", log::Field("route", name));
    if (lesson.opened) {
        log::warning("route.circuit_open", "route {}: the provider keeps failing ({}); it rests. {}",
                     log::Field("route", name), log::Field("words", words), advice(outcome));
    }
    if (lesson.failures != 0 && !lesson.opened && std::has_single_bit(lesson.failures)) {
        log::warning("route.failing", "route {}: {} ({} in a row). {}", log::Field("route", name),
                     log::Field("words", words), log::Field("failures", lesson.failures), advice(outcome));
    }
    if (lesson.taken)
        log::info("route.credentials_taken", "route {}: the provider takes our credentials again",
                  log::Field("route", name));
    if (!lesson.refused) return;
    if (lesson.is_first) {
        log::error("route.credentials_refused",
                   "route {} is paused: the provider refuses our credentials ({}). Mend the secret, then restart "
                   "(LoadCredential=) or reload (a path), "
                   "or: chapar route resume {}. One message tries it again in a minute, then less and less often",
                   log::Field("route", name), log::Field("words", words), name);
    } else {
        const auto view = route.view(deps_.clock.monotonic(), deps_.clock.now());
        log::warning("route.credentials_refused", "route {} stays paused: {}", log::Field("route", name),
                     log::Field("reason", view.why));
    }
}

void Dispatcher::look_at_receipts() {
    const auto heard = deps_.receipts == nullptr ? queue::ReceiptBox::Heard{} : deps_.receipts->take();
    for (const auto& [name, key] : heard) {
        if (const auto route = find_route(name)) route->receipts().heard(key);
    }
    for (const auto& route : routes_) {
        const auto& name = route->settings().name;
        if (route->receipts().wait().count() == 0 && !route->is_slow()) continue;
        const auto found = route->look_at_receipts(deps_.clock.monotonic());
        deps_.metrics
            .gauge("route_receipts_missing", "Share of accepted messages without a receipt in time.", {{"route", name}})
            .set(found.count.share());
        if (!found.changed) continue;
        if (found.is_slow) {
            log::warning("route.receipts_slow",
                         "route {}: {} of {} accepted messages have no receipt in time; another route is preferred",
                         log::Field("route", name), log::Field("missing", found.count.missing),
                         log::Field("judged", found.count.judged));
        } else {
            log::info("route.receipts_back", "route {}: its receipts come in time, or it is tried again",
                      log::Field("route", name));
        }
    }
}

void Dispatcher::count_attempt(const Route& route, std::string_view verdict) {
    const auto key = std::pair(route.settings().name, std::string(verdict));
    auto found = attempt_metrics_.find(key);
    if (found == attempt_metrics_.end()) {
        const metrics::Labels labels{{"route", key.first}, {"verdict", key.second}};
        auto& counter = deps_.metrics.counter("attempts_total", "Attempts ended, by route and verdict.", labels);
        auto& last = deps_.metrics.gauge("attempt_last_timestamp_seconds", "When an attempt last ended so.", labels);
        found = attempt_metrics_.emplace(key, AttemptMetrics{&counter, &last}).first;
    }
    found->second.ended->add();
    found->second.last->set(static_cast<double>(to_ms(deps_.clock.now())) / 1'000);
}

void Dispatcher::write(std::vector<store::Settlement> settlements) {
    ++unsettled_;
    auto kept = std::make_shared<std::vector<store::Settlement>>(settlements);
    deps_.queue.settle(std::move(settlements), [this, kept](Result<std::vector<bool>> applied) {
        auto answer = std::make_shared<Result<std::vector<bool>>>(std::move(applied));
        boost::asio::post(deps_.strand, [this, kept, answer] {
            --unsettled_;
            if (answer->has_value()) {
                written(*kept, **answer);
                return;
            }
            log::error("store.settle_failed", "{} outcomes wait for the store: {}",
                       log::Field("outcomes", kept->size()), answer->error().message());
            if (answer->error().is(store::Code::closed)) return;
            // An outcome that is known is never thrown away: it is written until the store takes it.
            ++unsettled_;
            auto timer = std::make_shared<boost::asio::steady_timer>(deps_.strand, store_pause);
            timer->async_wait([this, kept, timer](boost::system::error_code) {
                --unsettled_;
                write(std::move(*kept));
            });
        });
    });
}

void Dispatcher::return_to_queue(queue::ItemPtr item, const Route& from) {
    const Timestamp now = deps_.clock.now();
    const bool fail_over = std::exchange(item->avoid_route, -1) == from.index() && item->queued.progress.due <= now;
    const auto other = fail_over ? best_route(*item, &from) : nullptr;
    if (!other) {
        scheduler_.add(std::move(item), now);
        return;
    }
    scheduler_.keep(*item);
    Lane& lane = other->lane(*item);
    scheduler_.shelter(*item);
    other->park(lane, std::move(item));
}

void Dispatcher::written(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied) {
    const bool tells = deps_.outcomes != nullptr && deps_.outcomes->is_on();
    std::vector<track::OutcomeLine> lines;
    for (std::size_t i = 0; i < settlements.size(); ++i) {
        const store::Settlement& settlement = settlements[i];
        const auto found = flights_.find(settlement.key);
        if (found == flights_.end()) continue;
        Flight flight = std::move(found->second);
        flights_.erase(found);
        alone_.landed(settlement.key);
        if (applied[i] && settlement.deaths == 0) alone_.acquit(settlement.key);
        queue::PoolState& pool = *flight.item->pool;
        if (!applied[i]) {
            log::warning("attempt.stale", "message {}: the outcome of attempt {} came too late and was not applied",
                         log::Field("message", flight.item->queued.message.id.text()),
                         log::Field("attempt", settlement.number));
            scheduler_.mark_overflow(pool, deps_.clock.now());
            scheduler_.forget(*flight.item);
            continue;
        }
        if (tells) {
            const auto& queued = flight.item->queued;
            lines.push_back(
                track::line_of(queued.message, queued.progress.step, flight.route->settings().name, settlement));
        }
        scheduler_.forget(*flight.item);
        const auto state = model::next(model::State::sending, settlement.event);
        if (state != model::State::waiting) continue;
        model::Progress& progress = flight.item->queued.progress;
        progress.state = model::State::waiting;
        progress.step = settlement.step;
        progress.due = settlement.due;
        return_to_queue(std::move(flight.item), *flight.route);
    }
    tell_held(settlements, applied);
    if (tells) deps_.outcomes->put(std::move(lines));
    check_idle();
    wake();
}

/// One line a batch: thousands may be held at once.
void Dispatcher::tell_held(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied) {
    std::int64_t held = 0;
    std::int64_t first = 0;
    for (std::size_t i = 0; i < settlements.size(); ++i) {
        if (!applied[i] || model::next(model::State::sending, settlements[i].event) != model::State::held) continue;
        if (held++ == 0) first = settlements[i].key.value;
    }
    if (held == 0) return;
    log::warning("message.held",
                 "{} messages may have been sent and are held (on_doubt), the first with key {}: chapar list --state "
                 "held",
                 log::Field("messages", held), log::Field("key", first));
}

}  // namespace chapar::dispatch
