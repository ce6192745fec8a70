#include "store/rules/recount.hpp"

#include <algorithm>

#include "model/cost.hpp"
#include "store/rules/counting.hpp"

namespace chapar::store::rules {

using model::Reason;
using model::State;
using model::Tallied;
using model::Verdict;

namespace {

void add_one(const AddCount& add, int step, Timestamp at, Tallied what) {
    add(step, at, [what](model::Tally& tally) { tally.add(what, 1); });
}

/// It was ended before it was handed over: no provider said so.
bool is_stop(const model::Attempt& attempt) {
    return attempt.outcome.blame == model::Blame::message && attempt.outcome.code.empty() &&
           attempt.outcome.provider_id.empty();
}

void recount_cost(const model::Attempt& attempt, int step, const std::vector<model::TraceEntry>& trace,
                  const AddCount& add) {
    bool is_billed = false;
    std::optional<model::Cost> estimate;
    for (const auto& entry : trace) {
        if (entry.reason != Reason::billed && entry.reason != Reason::estimated) continue;
        const auto cost = model::read_cost(entry.detail);
        if (!cost || cost->attempt != attempt.number) continue;
        if (entry.reason == Reason::estimated) {
            estimate = cost;
            continue;
        }
        is_billed = true;
        add(step, *attempt.finished_at,
            [&](model::Tally& tally) { tally.add(model::Named::cost, cost->currency, cost->amount.micros); });
    }
    const auto verdict = attempt.outcome.verdict;
    const bool may_have_left = verdict != Verdict::retry && verdict != Verdict::rejected;
    if (is_billed || !estimate || !may_have_left) return;
    add(step, *attempt.finished_at,
        [&](model::Tally& tally) { tally.add(model::Named::cost, estimate->currency, estimate->amount.micros); });
}

void recount_attempt(const model::Attempt& attempt, int step, const AddCount& add) {
    const auto at = *attempt.finished_at;
    const auto verdict = attempt.outcome.verdict;
    if (verdict == Verdict::accepted || verdict == Verdict::delivered) add_one(add, step, at, Tallied::sent);
    if (verdict == Verdict::delivered) add_one(add, step, at, Tallied::delivered);
    if (verdict == Verdict::rejected && !is_stop(attempt)) add_one(add, step, at, bounce_of(attempt.outcome));
}

/// "bounced 5.1.1 no such user", as a report wrote it into the trace.
model::Report report_of(std::string_view words) {
    model::Report out;
    const auto kind = words.find(' ');
    if (kind == std::string_view::npos) return out;
    words.remove_prefix(kind + 1);
    out.code = words.substr(0, words.find(' '));
    if (out.code == model::blocked_code) out.word = model::Word::blocked;
    return out;
}

/// What a later word did: the message went on to its next channel, or failed.
void recount_receipts(const model::Message& message, const model::Progress& progress,
                      const std::vector<model::TraceEntry>& trace, const AddCount& add) {
    int step = 0;
    for (std::size_t i = 0; i < trace.size(); ++i) {
        if (trace[i].reason == Reason::next_channel) step = step_of(message.plan, trace[i].detail);
        if (trace[i].reason != Reason::receipt) continue;
        const bool is_last = i + 1 == trace.size();
        const auto next = is_last ? Reason::receipt : trace[i + 1].reason;
        const bool is_end = is_last && progress.state == State::failed;
        if (is_end || next == Reason::next_channel || next == Reason::blocked_by_operator)
            add_one(add, step, trace[i].at, bounce_of(report_of(trace[i].detail)));
    }
}

void recount_end(const model::Progress& progress, const std::vector<model::Attempt>& attempts, const AddCount& add) {
    const auto why = model::last_decision(progress.trace);
    const auto* last = attempts.empty() ? nullptr : &attempts.back();
    const bool was_refused = last != nullptr && last->outcome.verdict == Verdict::rejected && !is_stop(*last);
    const bool is_failure = progress.state == State::failed && !was_refused && (!why || why->reason != Reason::receipt);
    const bool is_kept_back = progress.state == State::expired || progress.state == State::cancelled ||
                              progress.state == State::suppressed || progress.state == State::collected || is_failure;
    if (is_kept_back && why)
        add(progress.step, why->at,
            [&](model::Tally& tally) { tally.add(model::Named::kept_back, model::name(why->reason), 1); });
    if (progress.state != State::delivered || (last != nullptr && last->outcome.verdict == Verdict::delivered)) return;
    const auto at = why ? why->at : progress.due;
    add_one(add, progress.step, at, Tallied::delivered);
    if (last != nullptr && last->outcome.verdict == Verdict::unknown) add_one(add, progress.step, at, Tallied::sent);
}

}  // namespace

void recount(const model::Message& message, const model::Progress& progress,
             const std::vector<model::Attempt>& attempts, const AddCount& add) {
    add_one(add, 0, message.accepted_at, Tallied::accepted);
    const auto trace = model::decode_trace(progress.trace);
    for (const auto& attempt : attempts) {
        if (!attempt.finished_at) continue;
        const int step = step_of(message.plan, attempt.channel);
        recount_attempt(attempt, step, add);
        recount_cost(attempt, step, trace, add);
    }
    recount_receipts(message, progress, trace, add);
    recount_end(progress, attempts, add);
}

}  // namespace chapar::store::rules
