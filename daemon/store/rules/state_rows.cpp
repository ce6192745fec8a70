#include "store/rules/state_rows.hpp"

#include "base/log.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/pools.hpp"
#include "store/rules/slots.hpp"

namespace chapar::store::rules {

using model::State;

namespace {

/// Where nobody took it, and nothing will be tried any more.
bool is_kept_back(State now, const Saving& saving) {
    switch (now) {
        case State::expired:
        case State::cancelled:
        case State::suppressed:
        case State::collected:
            return true;
        case State::failed:
            return !saving.is_refused;
        case State::waiting:
        case State::sending:
        case State::sent:
        case State::delivered:
        case State::held:
        case State::blocked_by_operator:
            break;
    }
    return false;
}

std::optional<MessageId> id_of(Unit& unit, MessageKey key) {
    unit.wanted.note_single_read();
    return unit.tables.messages().id(key);
}

}  // namespace

Stored<StateRow> load_state(Unit& unit, MessageKey key) {
    Stored<StateRow> row;
    if (auto wanted = unit.wanted.take_state(key)) {
        row = std::move(*wanted);
    } else {
        unit.wanted.note_single_read();
        unit.changes.looking_at = key;
        unit.tables.states().load({&key, 1}, {&row, 1});
    }
    if (row.is == Stored<StateRow>::Is::damaged) unit.changes.damaged.push_back(key);
    return row;
}

std::optional<model::Progress> look_at_progress(Unit& unit, MessageKey key) {
    if (const auto* wanted = unit.wanted.state(key); wanted != nullptr && wanted->is_sound())
        return wanted->value.progress;
    auto found = load_state(unit, key);
    if (!found.is_sound()) return std::nullopt;
    return std::move(found.value.progress);
}

void want_states(Unit& unit, std::span<const MessageKey> keys) {
    const auto stopped_at = unit.wanted.fetch_states(unit.tables.states(), keys);
    if (unit.tables.has_failed() && stopped_at) unit.changes.looking_at = stopped_at;
}

void save_state(Unit& unit, StateRow& row, const Saving& saving) {
    const auto before = row.stored.state;
    const auto now = row.progress.state;
    SlotHoldings& holdings = row.holdings;
    if (unit.reads != nullptr) unit.reads->forget(row.key);
    const bool may_go = now == State::waiting || now == State::sending;
    if (!may_go && !holdings.slots.empty()) give_back(unit, row.key, holdings);
    if (now == State::delivered) holdings.slots.clear();  // no later word will change them
    if (now != State::waiting) leave(unit, row.key, holdings);
    if (now != State::sent) row.follow_up = 0;
    if (now != State::sending) row.owner = {};
    if (live_index(now) && !live_index(before)) find_pool(unit, row);
    if (before != now && is_kept_back(now, saving)) count_kept_back(unit, row);
    StateRow* const changed = &row;
    unit.tables.states().update({&changed, 1});
    if (before == now) return;
    unit.changes.steps.push_back({row.key, before, now, row.progress.attempts});
    unit.changes.counts.add(row.stored.pool, before, -1);
    unit.changes.counts.add(row.pool, now, 1);
    if (!saving.is_told) note_change(unit, row.key, row.progress, before, saving);
    if (now != State::sending && !saving.ends_attempt) note_move(unit, row.key, row.progress, before, saving);
}

void note_move(Unit& unit, MessageKey key, const model::Progress& now, State before, const Saving& saving) {
    if (!unit.memory.tells_moves) return;
    const auto id = saving.id ? saving.id : id_of(unit, key);
    if (!id) return;
    Moved moved{*id, before, now.state, model::last_entry(now.trace), unit.now};
    if (saving.message != nullptr) {
        moved.message = *saving.message;
        moved.message->attempts = now.attempts;
    }
    unit.changes.moved.push_back(std::move(moved));
}

void note_change(Unit& unit, MessageKey key, const model::Progress& now, State before, const Saving& saving) {
    const auto is_under_way = [](State state) { return state == State::waiting || state == State::sending; };
    if (now.state == State::sending || (is_under_way(now.state) && is_under_way(before))) return;
    const auto id = saving.id ? saving.id : id_of(unit, key);
    if (!id) return;
    StateChange change{.message = *id, .at = unit.now, .state = now.state, .step = now.step};
    if (saving.ends_attempt) change.attempt = now.attempts;
    change.is_bounce = saving.ends_attempt && saving.is_bounce && now.state == State::failed;
    // That an attempt went well stands in the attempt alone.
    if (saving.ends_attempt && now.state == State::sent)
        change.reason = static_cast<int>(model::Reason::sent);
    else if (saving.ends_attempt && now.state == State::delivered)
        change.reason = static_cast<int>(model::Reason::delivered);
    else if (const auto why = model::last_decision(now.trace))
        change.reason = static_cast<int>(why->reason);
    unit.tables.feed().append(change);
}

std::optional<model::Attempt> load_attempt(Unit& unit, MessageKey key, int number) {
    auto found = unit.wanted.attempt(unit.tables.attempts(), {key, number});
    if (found.is_sound()) return std::move(found.value);
    if (found.is == Stored<model::Attempt>::Is::absent) return std::nullopt;
    log::error("store.row_damaged", "attempt {} of message key {} is damaged; its route is forgotten",
               log::Field("attempt", number), log::Field("key", key.value));
    model::Attempt blank;
    blank.number = number;
    return blank;
}

void close_attempt(Unit& unit, MessageKey key, int number, std::string_view why) {
    auto attempt = load_attempt(unit, key, number);
    if (!attempt) return;
    attempt->finished_at = unit.now;
    attempt->outcome.verdict = model::Verdict::unknown;
    attempt->outcome.detail = why;
    unit.tables.attempts().finish(key, *attempt);
}

std::string id_text(Unit& unit, MessageKey key) {
    const auto id = unit.tables.messages().id(key);
    return id ? id->text() : "key " + std::to_string(key.value);
}

void yield_to_successor(Unit& unit, StateRow& row, Timestamp at) {
    if (row.progress.state != State::waiting) return;
    const auto by = successor(unit, row.key, row.holdings);
    const auto to = model::next(State::waiting, model::Event::supersede);
    if (!by || !to) return;
    row.progress.state = *to;
    model::append(row.progress.trace, {at, model::Reason::superseded, id_text(unit, *by)});
}

bool end_waiting(Unit& unit, MessageKey key, model::Event event, const std::vector<model::TraceEntry>& why,
                 std::optional<MessageKey> carrier) {
    auto found = load_state(unit, key);
    auto& row = found.value;
    if (!found.is_sound() || row.progress.state != State::waiting) return false;
    const auto to = model::next(State::waiting, event);
    if (!to) return false;
    row.progress.state = *to;
    row.holdings.carrier = carrier;
    for (const auto& entry : why)
        model::append(row.progress.trace, entry);
    save_state(unit, row);
    return true;
}

}  // namespace chapar::store::rules
