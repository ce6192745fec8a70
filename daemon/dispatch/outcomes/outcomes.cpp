#include "dispatch/outcomes/outcomes.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "dispatch/outcomes/lesson_log.hpp"
#include "track/cost_metrics.hpp"
#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds after_refused_outcomes{200};

/// The message's own, or its class's; 0: it does not fall back by time.
Milliseconds fallback_after(const queue::Item& item, const config::ClassSettings& cls) {
    if (item.queued.message.plan.size() < 2) return Milliseconds{0};
    return item.fallback_after.value_or(cls.fallback_after);
}

/// One line a batch: thousands may be held at once.
void log_held(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied) {
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

}  // namespace

Outcomes::Outcomes(Deps deps, std::function<void()> on_change)
    : deps_(deps),
      on_change_(std::move(on_change)),
      metrics_(deps.clock, deps.metrics),
      retry_timer_(deps.timers.make()) {}

void Outcomes::post(std::vector<AttemptResult> results) {
    bool first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        first = inbox_.empty();
        std::move(results.begin(), results.end(), std::back_inserter(inbox_));
    }
    if (first) boost::asio::post(deps_.strand, [this] { drain(); });
}

void Outcomes::post(AttemptResult result) {
    bool first = false;
    {
        const std::lock_guard lock(inbox_mutex_);
        first = inbox_.empty();
        inbox_.push_back(std::move(result));
    }
    if (first) boost::asio::post(deps_.strand, [this] { drain(); });
}

void Outcomes::drain() {
    std::vector<AttemptResult> results;
    {
        const std::lock_guard lock(inbox_mutex_);
        results.swap(inbox_);
    }
    apply(std::move(results));
}

void Outcomes::apply(std::vector<AttemptResult> results) {
    std::vector<store::Settlement> settlements;
    settlements.reserve(results.size());
    for (auto& result : results) {
        auto settled = settle(result);
        if (!settled) continue;
        // It came back: whatever ended the daemon, it was not this message.
        const bool lives = settled->event != model::Event::give_back;
        if (lives && deps_.suspects.deaths(result.key) != 0) {
            settled->deaths = 0;
            settled->can_wait = false;  // the next one that goes alone waits for this commit
        }
        settlements.push_back(std::move(*settled));
    }
    if (!settlements.empty()) write(std::move(settlements));
    on_change_();
}

std::optional<store::Settlement> Outcomes::settle(AttemptResult& result) {
    InFlight* const attempt = deps_.in_flight.find_open(result.key, result.number);
    if (attempt == nullptr) return std::nullopt;
    deps_.memory.release(*attempt->item);
    deps_.in_flight.note_outcome(*attempt);
    return result.not_sent ? settle_unsent(*attempt, result) : settle_answer(*attempt, std::move(result.outcome));
}

store::Settlement Outcomes::settle_unsent(InFlight& attempt, const AttemptResult& result) {
    const auto& queued = attempt.item->queued;
    const auto& why = *result.not_sent;
    attempt.route->never_started(*attempt.lane, result.key, deps_.clock.monotonic());
    const auto& cls = deps_.config->class_settings(queued.message.class_name);
    const track::EndedAttempt facts{queued.message, queued.progress, cls, {}, deps_.clock.now(), {}, false};
    if (why.reason == model::Reason::given_back) {
        auto out = track::give_back(facts, why.detail);
        out.due += why.wait;
        return out;
    }
    metrics_.count(attempt.route->settings().name, "stopped");
    return track::stop(facts, why.reason, why.detail);
}

store::Settlement Outcomes::settle_answer(InFlight& attempt, model::Outcome outcome) {
    const store::Queued& queued = attempt.item->queued;
    const MessageKey key = queued.message.id.key();
    Route& route = *attempt.route;
    const auto& cls = deps_.config->class_settings(queued.message.class_name);
    // With a longer wait neither this message nor another of its lane would have a second try before it expires.
    if (outcome.retry_after) outcome.retry_after = std::min(*outcome.retry_after, cls.max_age / 2);
    route.ended(*attempt.lane, outcome, deps_.clock.monotonic());
    metrics_.count(route.settings().name, model::name(outcome.verdict));
    learn(attempt, outcome);
    const auto other = outcome.blame == model::Blame::provider ? deps_.router.best(*attempt.item, &route) : nullptr;
    auto delay = queue::retry_delay(cls.backoff, queued.progress.attempts, outcome.retry_after, deps_.random);
    // A test waits as long as the sandbox says, so that whoever watches it need not wait longer.
    const bool is_test = attempt.item->step().is_test;
    if (is_test) delay = outcome.retry_after.value_or(delay);
    if (outcome.verdict == model::Verdict::accepted) route.receipts().taken(key, deps_.clock.monotonic());
    if (outcome.verdict == model::Verdict::accepted || outcome.verdict == model::Verdict::delivered)
        metrics_.observe_latency(queued.message.accepted_at);
    if (other && outcome.verdict == model::Verdict::retry) attempt.item->avoid_route = route.index();
    auto out = track::settle({queued.message, queued.progress, cls, std::move(outcome), deps_.clock.now(), delay,
                              other != nullptr, fallback_after(*attempt.item, cls)});
    note_cost(attempt, out);
    if (!is_test) out.suppress = learnt_of_address(attempt, out);
    if (!is_test && deps_.config->settings.policy.soft_bounces)
        out.arrival = track::arrival(queued.message, queued.progress.step, out);
    // A message that is over may wait for others to share the commit: its place is free already.
    out.can_wait = model::next(model::State::sending, out.event) != model::State::waiting;
    if (route.reports_later()) out.tracked = store::Tracked{route.settings().name, attempt.item->step().address};
    return out;
}

/// The entry of the suppression list that the outcome asks for, so that nothing goes to that address later.
std::optional<model::Suppression> Outcomes::learnt_of_address(const InFlight& attempt,
                                                              const store::Settlement& ended) const {
    const auto& queued = attempt.item->queued;
    const auto& route = attempt.route->settings();
    if (ended.outcome.verdict == model::Verdict::rejected && ended.outcome.code == model::blocked_code)
        return model::blocked_by_operator(route.channel, attempt.item->step().address, route.name, deps_.clock.now());
    return deps_.config->settings.policy.hard_bounces ? track::hard_bounce(queued.message, queued.progress.step, ended)
                                                      : std::nullopt;
}

void Outcomes::note_cost(const InFlight& attempt, store::Settlement& out) {
    const auto& route = attempt.route->settings().name;
    if (attempt.estimate) track::count_estimate(deps_.metrics, route, *attempt.estimate);
    auto bill = model::read_bill(out.outcome.cost);
    if (!bill) return;
    bill->attempt = out.number;
    track::count_bill(deps_.metrics, route, *bill);
    out.trace.push_back({deps_.clock.now(), model::Reason::billed, model::billed_detail(*bill)});
}

void Outcomes::learn(InFlight& attempt, const model::Outcome& outcome) {
    const Monotonic now = deps_.clock.monotonic();
    const MessageKey key = attempt.item->queued.message.id.key();
    Route& route = *attempt.route;
    // An instance that was replaced speaks of settings that are used no more.
    if (attempt.instance != route.shared_instance()) return route.no_lesson(key, now);
    log_lesson(route, route.learn(*attempt.lane, key, outcome, now), outcome, deps_.clock);
}

void Outcomes::write(std::vector<store::Settlement> settlements) {
    ++unwritten_;
    auto kept = std::make_shared<std::vector<store::Settlement>>(settlements);
    deps_.queue.settle(std::move(settlements), [this, kept](Result<std::vector<bool>> applied) {
        auto answer = std::make_shared<Result<std::vector<bool>>>(std::move(applied));
        boost::asio::post(deps_.strand, [this, kept, answer] {
            --unwritten_;
            if (answer->has_value()) return written(*kept, **answer);
            log::error("store.settle_failed", "{} outcomes wait for the store: {}",
                       log::Field("outcomes", kept->size()), answer->error().message());
            if (!answer->error().is(store::Code::closed)) write_later(std::move(*kept));
        });
    });
}

void Outcomes::write_later(std::vector<store::Settlement> settlements) {
    if (refused_.empty()) {
        retry_timer_->run_at(deps_.clock.monotonic() + after_refused_outcomes, [this] {
            auto batches = std::exchange(refused_, {});
            unwritten_ -= batches.size();
            for (auto& batch : batches)
                write(std::move(batch));
        });
    }
    ++unwritten_;
    refused_.push_back(std::move(settlements));
}

void Outcomes::written(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied) {
    const bool tells = deps_.log != nullptr && deps_.log->is_on();
    std::vector<track::OutcomeLine> lines;
    for (std::size_t i = 0; i < settlements.size(); ++i) {
        const store::Settlement& settlement = settlements[i];
        auto attempt = deps_.in_flight.remove(settlement.key);
        if (!attempt) continue;
        if (tells && applied[i]) {
            const auto& queued = attempt->item->queued;
            lines.push_back(
                track::line_of(queued.message, queued.progress.step, attempt->route->settings().name, settlement));
        }
        finish(std::move(*attempt), settlement, applied[i]);
    }
    log_held(settlements, applied);
    if (tells) deps_.log->put(std::move(lines));
    on_change_();
}

/// The message is over, waits again, or is what somebody else made of it meanwhile.
void Outcomes::finish(InFlight attempt, const store::Settlement& settlement, bool is_applied) {
    deps_.suspects.came_back(settlement.key);
    queue::PoolState& pool = *attempt.item->pool;
    if (!is_applied) {
        log::warning("attempt.stale", "message {}: the outcome of attempt {} came too late and was not applied",
                     log::Field("message", attempt.item->queued.message.id.text()),
                     log::Field("attempt", settlement.number));
        deps_.scheduler.mark_overflow(pool, deps_.clock.now());
        deps_.scheduler.forget(*attempt.item);
        return;
    }
    if (settlement.deaths == 0) deps_.suspects.clear(settlement.key);
    deps_.scheduler.forget(*attempt.item);
    if (model::next(model::State::sending, settlement.event) != model::State::waiting) return;
    model::Progress& progress = attempt.item->queued.progress;
    progress.state = model::State::waiting;
    progress.step = settlement.step;
    progress.due = settlement.due;
    requeue(std::move(attempt.item), *attempt.route);
}

/// It goes to the schedule, or at once to another route when its provider failed.
void Outcomes::requeue(queue::ItemPtr item, const Route& from) {
    const Timestamp now = deps_.clock.now();
    const bool fail_over = std::exchange(item->avoid_route, -1) == from.index() && item->queued.progress.due <= now;
    const auto other = fail_over ? deps_.router.best(*item, &from) : nullptr;
    if (!other) {
        deps_.scheduler.add(std::move(item), now);
        return;
    }
    deps_.scheduler.track(*item);
    Lane& lane = other->lane(*item);
    deps_.scheduler.keep_small_body(*item);
    other->park(lane, std::move(item));
}

}  // namespace chapar::dispatch
