#include "store/rules/states.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/pools.hpp"
#include "store/rules/slots.hpp"
#include "store/rules/state_rows.hpp"

namespace chapar::store::rules {
namespace {

using model::Event;
using model::State;

/// What becomes of an attempt's slots where the caller leaves it open. What may have left stays counted, whatever the
/// caller says.
Slots after_attempt(Slots asked, Event event, model::Verdict verdict) {
    const bool in_doubt =
        event == Event::attempt_unknown_hold || event == Event::attempt_unknown_retry ||
        ((event == Event::expire || event == Event::quarantine) && verdict == model::Verdict::unknown);
    if (in_doubt && (asked == Slots::keep || asked == Slots::give_back)) return Slots::handed_off;
    if (asked != Slots::keep) return asked;
    if (event == Event::attempt_accepted) return Slots::handed_off;
    if (event == Event::attempt_delivered) return Slots::delivered;
    if (event == Event::attempt_rejected || event == Event::attempt_blocked) return Slots::rejected;
    if (event == Event::give_back || event == Event::stop) return Slots::give_back;
    return Slots::keep;
}

Slots after_move(const Transition& transition, model::State before) {
    if (transition.slots != Slots::keep || !transition.event) return transition.slots;
    const Event event = *transition.event;
    if (event == Event::receipt_delivered) return Slots::delivered;
    if (event == Event::receipt_failed || event == Event::receipt_blocked) return Slots::undelivered;
    // The attempt that still runs has lost its message, and may have sent it.
    if (before == model::State::sending) return after_attempt(Slots::keep, event, model::Verdict::unknown);
    return Slots::keep;
}

/// A mail whose address its provider refused at once: the same as one that comes back later.
bool is_bounce(const model::Attempt& attempt) {
    const auto blame = attempt.outcome.blame;
    return attempt.channel == "email" && attempt.outcome.verdict == model::Verdict::rejected &&
           (blame == model::Blame::recipient || blame == model::Blame::gone);
}

bool may_move(Unit& unit, const Transition& transition, PoolId pool) {
    if (transition.application.empty()) return true;
    if (const auto known = pool_of(unit, pool)) return known->application == transition.application;
    const auto owner = unit.tables.messages().owner(transition.key);
    return owner && owner->application == transition.application;
}

/// Whose attempt it is, it ends; an orphan is ended by who was first to take it over.
bool may_settle(Unit& unit, const Settlement& settlement, const StateRow& row) {
    if (!settlement.orphan_of) return row.owner == unit.self;
    return row.owner == *settlement.orphan_of && unit.tables.nodes().is_over(row.owner);
}

/// The attempt has lost its message, and may have left.
void end_doubtful(Unit& unit, StateRow& row, std::string_view why) {
    count_doubtful(unit, row);
    close_attempt(unit, row.key, row.progress.attempts, why);
}

/// The times of the message itself. False: its row is damaged.
bool put_times(Unit& unit, const Transition& transition, StateRow& row) {
    const auto expires = unit.tables.messages().put_times(row.key, *transition.send_at, transition.expires_at);
    if (expires) row.expires = to_ms(*expires);
    return expires.has_value();
}

}  // namespace

bool settle(Unit& unit, const Settlement& settlement) {
    auto found = load_state(unit, settlement.key);
    if (!found.is_sound()) return false;
    auto& row = found.value;
    const auto before = row.progress.state;
    const auto to = model::next(before, settlement.event);
    if (!to || before != State::sending || row.progress.attempts != settlement.number) return false;
    if (!may_settle(unit, settlement, row)) return false;
    auto attempt = load_attempt(unit, settlement.key, settlement.number);
    if (!attempt || attempt->finished_at) return false;
    attempt->finished_at = settlement.at;
    attempt->outcome = settlement.outcome;
    unit.tables.attempts().finish(settlement.key, *attempt);
    count_settled(unit, row, settlement);
    row.progress.state = *to;
    row.progress.step = settlement.step;
    if (*to == State::waiting) row.progress.due = settlement.due;
    for (const auto& entry : settlement.trace)
        model::append(row.progress.trace, entry);
    row.follow_up = settlement.follow_up ? to_ms(*settlement.follow_up) : 0;
    apply(unit, after_attempt(settlement.slots, settlement.event, settlement.outcome.verdict), row.key, row.holdings);
    yield_to_successor(unit, row, settlement.at);
    const bool is_refused = settlement.outcome.verdict == model::Verdict::rejected && settlement.event != Event::stop;
    save_state(unit, row,
               {.ends_attempt = true, .is_bounce = is_bounce(*attempt), .is_refused = is_refused, .id = settlement.id});
    if (row.progress.state != *to) note_move(unit, settlement.key, row.progress, *to);
    return true;
}

void note(Unit& unit, MessageKey key, const model::TraceEntry& entry) {
    auto found = load_state(unit, key);
    if (!found.is_sound()) return;
    model::append(found.value.progress.trace, entry);
    save_state(unit, found.value);
}

Result<model::Progress> move(Unit& unit, const Transition& transition, const MessageInHand* told) {
    auto found = load_state(unit, transition.key);
    auto& row = found.value;
    if (found.is == Stored<StateRow>::Is::damaged)
        return fail(Code::corrupt, "the message's state is damaged; it is held");
    if (!found.is_sound() || !may_move(unit, transition, row.pool)) return fail(Code::not_found, "no such message");
    const auto before = row.progress.state;
    const auto to = transition.event ? model::next(before, *transition.event) : std::optional(before);
    if (!to || (!transition.event && before != State::waiting))
        return fail(Code::wrong_state, "the message is " + std::string(model::name(before)));
    if (before == State::sending && row.owner != unit.self && !unit.tables.nodes().is_over(row.owner))
        return fail(Code::wrong_state, "the message is being sent by another node");
    if (transition.send_at && !put_times(unit, transition, row))
        return fail(Code::corrupt, "the stored message is damaged; it is held");
    // The attempt that still runs has lost its message: its outcome will be stale.
    if (before == State::sending) end_doubtful(unit, row, "the message was moved while this attempt ran");
    row.progress.state = *to;
    if (transition.due) row.progress.due = *transition.due;
    if (transition.step) row.progress.step = *transition.step;
    for (const auto& entry : transition.trace)
        model::append(row.progress.trace, entry);
    apply(unit, after_move(transition, before), row.key, row.holdings);
    if (transition.event == Event::fall_back) yield_to_successor(unit, row, unit.now);
    Saving saving{.is_told = told != nullptr};
    if (told != nullptr && told->report != nullptr) {
        saving.is_refused = told->report->word != model::Word::delivered;
        count_reported(unit, row, *told->report, told->step, told->attempt);
    }
    if (told != nullptr) saving.id = told->id;
    if (told != nullptr) saving.message = told->message;
    save_state(unit, row, saving);
    return row.progress;
}

std::optional<State> quarantine(Unit& unit, MessageKey key, std::string_view what) {
    auto found = load_state(unit, key);
    if (!found.is_sound()) return std::nullopt;  // missing, or left to the repair
    auto& row = found.value;
    const auto before = row.progress.state;
    const auto to = model::next(before, Event::quarantine);
    if (!to) return std::nullopt;
    if (before == State::sending) {
        end_doubtful(unit, row, what);
        apply(unit, Slots::handed_off, key, row.holdings);
    }
    row.progress.state = *to;
    model::append(row.progress.trace, {unit.now, model::Reason::quarantined, std::string(what)});
    save_state(unit, row);
    return before;
}

bool acquit(Unit& unit, MessageKey key) {
    auto found = load_state(unit, key);
    auto& row = found.value;
    if (!found.is_sound() || row.progress.state != State::held) return false;
    const auto trace = model::decode_trace(row.progress.trace);
    if (trace.empty() || trace.back().reason != model::Reason::quarantined) return false;
    row.progress.state = State::waiting;
    model::append(row.progress.trace, {unit.now, model::Reason::released, "its stored row reads whole again"});
    save_state(unit, row);
    return true;
}

void replace_damaged(Unit& unit, MessageKey key, const std::optional<model::Message>& message, PoolId pool,
                     std::int64_t expires) {
    log::error("store.row_damaged", "the state of message key {} is damaged; the message is held",
               log::Field("key", key.value));
    StateRow row;
    row.key = key;
    row.pool = pool;
    row.expires = expires;
    if (message) {
        row.pool = intern_pool(unit, message->class_name, message->application, message->campaign);
        row.expires = to_ms(message->expires_at);
    }
    row.progress.state = State::held;
    row.progress.due = unit.now;
    row.progress.attempts = unit.tables.attempts().last_number(key);
    model::append(row.progress.trace, {unit.now, model::Reason::quarantined, "the row of its state was damaged"});
    unit.tables.states().replace(row);
    unit.tables.attempts().abandon(key, unit.now);
    note_change(unit, key, row.progress, State::waiting);
    note_move(unit, key, row.progress, State::waiting);
}

std::optional<State> erase_state(Unit& unit, MessageKey key) {
    auto found = load_state(unit, key);
    if (!found.is_sound()) return std::nullopt;
    auto& row = found.value;
    const auto before = row.progress.state;
    if (before == State::sending) return before;
    const auto to = model::next(before, Event::cancel);
    if (to) row.progress.state = *to;
    std::string trace;  // details may name the address
    for (const auto& entry : model::decode_trace(row.progress.trace))
        model::append(trace, {entry.at, entry.reason, ""});
    row.progress.trace = std::move(trace);
    model::append(row.progress.trace, {unit.now, model::Reason::erased, ""});
    row.follow_up = 0;
    save_state(unit, row);
    return before;
}

}  // namespace chapar::store::rules
