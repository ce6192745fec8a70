#include "track/settle.hpp"

namespace chapar::track {
namespace {

using model::Event;
using model::Reason;
using model::words;

store::Settlement base(const EndedAttempt& facts) {
    store::Settlement out;
    out.key = facts.message.id.key();
    out.id = facts.message.id;
    out.number = facts.progress.attempts;
    out.outcome = facts.outcome;
    out.at = facts.now;
    out.step = facts.progress.step;
    out.due = facts.now;
    return out;
}

void add(store::Settlement& out, Reason reason, std::string detail) {
    out.trace.push_back({out.at, reason, std::move(detail)});
}

/// This channel is over: on to the next one, or the end.
void leave_channel(store::Settlement& out, const EndedAttempt& facts, Event end, Reason reason, std::string detail) {
    add(out, reason, std::move(detail));
    if (const auto step = model::next_step(facts.message.plan, facts.progress.step)) {
        out.event = Event::attempt_retry;
        out.step = *step;
        add(out, Reason::next_channel, facts.message.plan[static_cast<std::size_t>(*step)].channel);
        return;
    }
    out.event = end;
}

void try_again(store::Settlement& out, const EndedAttempt& facts) {
    const auto allowed = static_cast<std::int64_t>(facts.cls.max_attempts) * (facts.progress.step + 1);
    if (facts.progress.attempts >= allowed) {
        out.slots = store::Slots::give_back;
        add(out, Reason::retry_later, words(facts.outcome));
        leave_channel(out, facts, Event::attempt_rejected, Reason::attempts_exhausted,
                      std::to_string(facts.progress.attempts) + " attempts");
        return;
    }
    const bool at_once =
        facts.outcome.blame == model::Blame::provider && facts.other_route && !facts.outcome.retry_after;
    out.due = at_once ? facts.now : facts.now + facts.delay;
    if (out.due >= facts.message.expires_at) {
        out.slots = store::Slots::give_back;
        add(out, Reason::retry_later, words(facts.outcome));
        leave_channel(out, facts, Event::expire, Reason::expired, "the next try would come after its expiry");
        return;
    }
    out.event = Event::attempt_retry;
    add(out, Reason::retry_later, words(facts.outcome));
}

/// The provider took it: if the plan goes on and no delivery becomes known, it is looked at again.
void accepted(store::Settlement& out, const EndedAttempt& facts) {
    out.event = Event::attempt_accepted;
    out.slots = store::Slots::handed_off;
    const Timestamp again = facts.now + facts.fallback_after;
    const bool goes_on = model::next_step(facts.message.plan, facts.progress.step).has_value();
    if (facts.fallback_after > Milliseconds{0} && goes_on && again < facts.message.expires_at) out.follow_up = again;
}

void in_doubt(store::Settlement& out, const EndedAttempt& facts) {
    out.slots = store::Slots::handed_off;
    const bool may_retry = facts.cls.on_doubt == config::OnDoubt::retry &&
                           facts.now + facts.delay < facts.message.expires_at &&
                           facts.progress.attempts < static_cast<std::int64_t>(facts.cls.max_attempts);
    if (may_retry) {
        out.event = Event::attempt_unknown_retry;
        out.due = facts.now + facts.delay;
        add(out, Reason::in_doubt_retried, words(facts.outcome));
        return;
    }
    out.event = Event::attempt_unknown_hold;
    add(out, Reason::in_doubt_held, words(facts.outcome));
}

}  // namespace

std::optional<model::Suppression> hard_bounce(const model::Message& message, int step, const store::Settlement& ended) {
    const auto& outcome = ended.outcome;
    if (outcome.verdict != model::Verdict::rejected || outcome.blame != model::Blame::gone) return std::nullopt;
    const auto& way = message.plan[static_cast<std::size_t>(step)];
    return model::Suppression{.channel = way.channel,
                              .address = way.address,
                              .reach = model::SuppressionReach::all,
                              .reason = "hard_bounce",
                              .source = "bounce of message " + message.id.text() + ": " + words(outcome),
                              .at = ended.at,
                              .until = std::nullopt};
}

std::optional<model::Arrival> arrival(const model::Message& message, int step, const store::Settlement& ended) {
    using model::Verdict;
    using What = model::Arrival::What;
    const auto& way = message.plan[static_cast<std::size_t>(step)];
    if (way.channel != "email") return std::nullopt;
    const auto& outcome = ended.outcome;
    if (outcome.verdict == Verdict::accepted) return model::Arrival{What::taken, way.channel, way.address};
    if (outcome.verdict == Verdict::delivered) return model::Arrival{What::arrived, way.channel, way.address};
    const bool is_over =
        outcome.verdict == Verdict::rejected ||
        (outcome.verdict == Verdict::retry && (ended.event != Event::attempt_retry || ended.step != step));
    if (!is_over || outcome.blame != model::Blame::recipient) return std::nullopt;
    return model::Arrival{What::soft, way.channel, way.address};
}

store::Settlement settle(const EndedAttempt& facts) {
    store::Settlement out = base(facts);
    switch (facts.outcome.verdict) {
        case model::Verdict::accepted:
            accepted(out, facts);
            break;
        case model::Verdict::delivered:
            out.event = Event::attempt_delivered;
            out.slots = store::Slots::delivered;
            break;
        case model::Verdict::retry:
            try_again(out, facts);
            break;
        case model::Verdict::rejected:
            out.slots = store::Slots::rejected;
            if (facts.outcome.code == model::blocked_code) {
                leave_channel(out, facts, Event::attempt_blocked, Reason::blocked_by_operator, facts.outcome.detail);
                break;
            }
            leave_channel(out, facts, Event::attempt_rejected, Reason::rejected, words(facts.outcome));
            break;
        case model::Verdict::unknown:
            in_doubt(out, facts);
            break;
    }
    return out;
}

std::optional<store::Transition> fall_back(const store::Queued& sent, Timestamp now) {
    const auto step = model::next_step(sent.message.plan, sent.progress.step);
    if (!step || now >= sent.message.expires_at) return std::nullopt;
    store::Transition out;
    out.key = sent.message.id.key();
    out.event = Event::fall_back;
    out.due = now;
    out.step = step;
    const auto channel_of = [&](int at) { return sent.message.plan[static_cast<std::size_t>(at)].channel; };
    out.trace.push_back({now, Reason::fallback_due, channel_of(sent.progress.step)});
    out.trace.push_back({now, Reason::next_channel, channel_of(*step)});
    return out;
}

store::Settlement stop(const EndedAttempt& facts, model::Reason reason, std::string detail) {
    store::Settlement out = base(facts);
    out.outcome.verdict = model::Verdict::rejected;
    out.outcome.blame = model::Blame::message;
    out.outcome.detail = detail;
    out.slots = store::Slots::give_back;
    out.event = Event::stop;
    add(out, reason, std::move(detail));
    return out;
}

store::Settlement give_back(const EndedAttempt& facts, std::string detail) {
    store::Settlement out = base(facts);
    out.outcome.verdict = model::Verdict::retry;
    out.outcome.detail = detail;
    out.slots = store::Slots::give_back;
    out.event = Event::give_back;
    add(out, Reason::given_back, std::move(detail));
    return out;
}

store::Settlement resolve_in_doubt(const store::Orphan& doubt, const config::ClassSettings& cls, Timestamp now,
                                   Milliseconds delay, int deaths) {
    model::Outcome outcome;
    outcome.verdict = model::Verdict::unknown;
    outcome.blame = model::Blame::none;
    outcome.detail =
        "the daemon ended before the outcome of attempt " + std::to_string(doubt.attempt.number) + " was known";
    const EndedAttempt facts{doubt.queued.message, doubt.queued.progress, cls, std::move(outcome), now, delay, false};
    if (deaths >= poison_deaths) {
        auto out = base(facts);
        out.event = Event::quarantine;
        out.slots = store::Slots::handed_off;
        out.deaths = 0;
        out.orphan_of = doubt.owner;
        add(out, Reason::poison,
            "the daemon ended " + std::to_string(deaths) + " times with it in hand, the last time with nothing else");
        return out;
    }
    auto out = settle(facts);
    const bool goes_again = out.event == Event::attempt_unknown_retry;
    out.deaths = goes_again ? deaths : 0;
    out.orphan_of = doubt.owner;
    if (goes_again) add(out, Reason::suspected, std::to_string(deaths) + " of " + std::to_string(poison_deaths));
    return out;
}

}  // namespace chapar::track
