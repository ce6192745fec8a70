#include "store/sqlite/life.hpp"

#include <algorithm>

namespace chapar::store::sqlite {
namespace {

using model::Event;

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

}  // namespace

bool Life::write_lease(const Lease& lease, Loaded& row) {
    model::Attempt attempt;
    attempt.number = lease.number;
    attempt.channel = lease.channel;
    attempt.route = lease.route;
    attempt.started_at = lease.at;
    const AttemptRow cells = to_row(lease.key, attempt);
    insert_attempt_.run(cells.key, cells.number, cells.channel, cells.route, cells.started_at, cells.finished_at,
                        cells.verdict, cells.blame, cells.retry_after, cells.provider_id, cells.code, cells.detail,
                        checksum(cells));
    if (connection_.fault() != 0 || connection_.changes() != 1) return false;
    search_.tried(lease.key, lease.route);
    row.progress.state = model::State::sending;
    row.progress.attempts = lease.number;
    return true;
}

bool Life::settle(const Settlement& settlement) {
    auto row = load(settlement.key);
    if (row.kind != Loaded::Kind::sound) return false;
    const auto before = row.progress.state;
    const auto to = model::next(before, settlement.event);
    if (!to || before != model::State::sending || row.progress.attempts != settlement.number) return false;
    auto attempt = load_attempt(settlement.key, settlement.number);
    if (!attempt || attempt->finished_at) return false;
    attempt->finished_at = settlement.at;
    attempt->outcome = settlement.outcome;
    save(settlement.key, *attempt);
    row.progress.state = *to;
    row.progress.step = settlement.step;
    if (*to == model::State::waiting) row.progress.due = settlement.due;
    for (const auto& entry : settlement.trace)
        model::append(row.progress.trace, entry);
    row.fixed.follow_up = settlement.follow_up ? to_ms(*settlement.follow_up) : 0;
    apply(after_attempt(settlement.slots, settlement.event, settlement.outcome.verdict), settlement.key, row.holdings);
    yield_to_successor(settlement.key, row, settlement.at);
    settling_ = true;
    bounced_ = is_bounce(*attempt);
    save(settlement.key, row, before);
    settling_ = false;
    if (row.progress.state != *to) note_move(settlement.key, row.progress, *to);
    return true;
}

std::optional<model::Progress> Life::progress(MessageKey key) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return std::nullopt;
    return std::move(row.progress);
}

void Life::note(MessageKey key, const model::TraceEntry& entry) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return;
    model::append(row.progress.trace, entry);
    save(key, row, row.progress.state);
}

bool Life::may_move(const Transition& transition, PoolId pool) {
    if (transition.application.empty()) return true;
    if (const auto known = intake_.pool(pool)) return known->application == transition.application;
    auto rows = select_owner_.query(transition.key.value);
    return rows.next() && rows.bytes(1) == transition.application;
}

Result<model::Progress> Life::move(const Transition& transition, bool is_told) {
    auto row = load(transition.key);
    if (row.kind == Loaded::Kind::damaged) return fail(Code::corrupt, "the message's state is damaged; it is held");
    if (row.kind == Loaded::Kind::missing || !may_move(transition, row.fixed.pool))
        return fail(Code::not_found, "no such message");
    const auto before = row.progress.state;
    const auto to = transition.event ? model::next(before, *transition.event) : std::optional(before);
    if (!to || (!transition.event && before != model::State::waiting))
        return fail(Code::wrong_state, "the message is " + std::string(model::name(before)));
    if (transition.send_at && !put_times(transition, row))
        return fail(Code::corrupt, "the stored message is damaged; it is held");
    // The attempt that still runs has lost its message: its outcome will be stale.
    if (before == model::State::sending)
        close_attempt(transition.key, row.progress.attempts, "the message was moved while this attempt ran");
    row.progress.state = *to;
    if (transition.due) row.progress.due = *transition.due;
    if (transition.step) row.progress.step = *transition.step;
    for (const auto& entry : transition.trace)
        model::append(row.progress.trace, entry);
    apply(after_move(transition, before), transition.key, row.holdings);
    if (transition.event == Event::fall_back) yield_to_successor(transition.key, row, clock_.now());
    is_told_ = is_told;
    save(transition.key, row, before);
    is_told_ = false;
    return row.progress;
}

bool Life::put_times(const Transition& transition, Loaded& row) {
    std::int64_t sum = 0;
    const auto send_at = to_ms(*transition.send_at);
    auto expires_at = row.fixed.expires;
    {
        auto rows = select_message_.query(transition.key.value);
        auto cells = rows.next() ? read_message(rows) : std::nullopt;
        if (!cells) return false;
        cells->send_at = send_at;
        if (transition.expires_at) cells->expires_at = to_ms(*transition.expires_at);
        expires_at = cells->expires_at;
        sum = checksum(*cells);
    }
    update_times_.run(transition.key.value, send_at, expires_at, sum);
    update_expiry_.run(transition.key.value, expires_at);
    row.fixed.expires = expires_at;
    return true;
}

void Life::apply(Slots slots, MessageKey key, Holdings& holdings) {
    switch (slots) {
        case Slots::keep:
            return;
        case Slots::give_back:
            return holder_.give_back(key, holdings);
        case Slots::handed_off:
            return holder_.restate(key, holdings, model::UseState::handed_off);
        case Slots::delivered:
            return holder_.restate(key, holdings, model::UseState::delivered);
        case Slots::rejected:
            return holder_.restate(key, holdings, model::UseState::rejected);
        case Slots::undelivered:
            return holder_.restate(key, holdings, model::UseState::undelivered);
    }
}

std::optional<model::State> Life::quarantine(MessageKey key, std::string_view what) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return std::nullopt;  // missing, or left to the repair
    const auto before = row.progress.state;
    const auto to = model::next(before, Event::quarantine);
    if (!to) return std::nullopt;
    if (before == model::State::sending) {
        close_attempt(key, row.progress.attempts, what);
        apply(Slots::handed_off, key, row.holdings);
    }
    row.progress.state = *to;
    model::append(row.progress.trace, {clock_.now(), model::Reason::quarantined, std::string(what)});
    save(key, row, before);
    return before;
}

bool Life::acquit(MessageKey key) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound || row.progress.state != model::State::held) return false;
    const auto trace = model::decode_trace(row.progress.trace);
    if (trace.empty() || trace.back().reason != model::Reason::quarantined) return false;
    row.progress.state = model::State::waiting;
    model::append(row.progress.trace, {clock_.now(), model::Reason::released, "its stored row reads whole again"});
    save(key, row, model::State::held);
    return true;
}

}  // namespace chapar::store::sqlite
