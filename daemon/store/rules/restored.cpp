#include "store/rules/restored.hpp"

#include "store/rules/counting.hpp"
#include "store/rules/state_rows.hpp"

namespace chapar::store::rules {
namespace {

using model::Reason;
using model::State;

model::TraceEntry entry_of(TakeOver what, const LastKnown& known, Timestamp now) {
    const auto attempt = "attempt " + std::to_string(known.attempts);
    if (what == TakeOver::doubt)
        return {now, Reason::restored, attempt + " began after the backup was made, and its outcome is not known"};
    return {now, Reason::journal, "it was " + std::string(model::name(known.state)) + " after " + attempt};
}

bool hold_one(Unit& unit, MessageKey key) {
    auto found = load_state(unit, key);
    if (!found.is_sound()) return false;
    auto& row = found.value;
    const auto before = row.progress.state;
    const bool may_go = before == State::waiting || before == State::sending;
    if (!may_go && row.follow_up == 0) return false;
    if (before == State::sending) {
        count_doubtful(unit, row);
        close_attempt(unit, key, row.progress.attempts, "the store was restored while this attempt ran");
    }
    if (may_go) {
        row.progress.state = State::held;
        model::append(row.progress.trace, {unit.now, Reason::restored, "no journal tells what left since"});
    }
    row.follow_up = 0;
    save_state(unit, row);
    return may_go;
}

}  // namespace

TakeOver compare(const LastKnown& is, const LastKnown& known) {
    const bool may_go = is.state == State::waiting || is.state == State::sending || is.state == State::held;
    const bool is_older = known.attempts > is.attempts;
    if (known.attempts < is.attempts || !may_go) return TakeOver::as_it_stands;
    switch (known.state) {
        case State::waiting:
            // Of the same attempt: it waits here too, or a person's `retry` of what is held is not repeated.
            return is_older || is.state == State::sending ? TakeOver::again : TakeOver::as_it_stands;
        case State::sending:
        case State::held:
            // Of the same attempt: the store knows what it knew then, and asks the class again.
            return is_older || (known.state == State::held && is.state != State::held) ? TakeOver::doubt
                                                                                       : TakeOver::as_it_stands;
        case State::sent:
        case State::delivered:
        case State::failed:
        case State::expired:
        case State::cancelled:
        case State::suppressed:
        case State::collected:
        case State::blocked_by_operator:
            return TakeOver::over;
    }
    return TakeOver::as_it_stands;
}

TakeOver take_over_known(Unit& unit, MessageKey key, const LastKnown& known) {
    auto found = load_state(unit, key);
    if (!found.is_sound()) return TakeOver::as_it_stands;
    auto& row = found.value;
    const auto before = row.progress.state;
    const int attempts_before = row.progress.attempts;
    const auto what = compare({before, attempts_before}, known);
    if (before == State::sent && row.follow_up != 0 &&
        (known.attempts > attempts_before || model::is_terminal(known.state))) {
        row.follow_up = 0;  // its fallback has begun since, or is not needed
        save_state(unit, row);
        return TakeOver::over;
    }
    if (what == TakeOver::as_it_stands) return what;
    if (before == State::sending) {
        count_doubtful(unit, row);
        close_attempt(unit, key, attempts_before, "the store was restored while this attempt ran");
    }
    const auto entry = entry_of(what, known, unit.now);
    row.progress.attempts = known.attempts;  // no attempt's number is used twice
    if (what == TakeOver::doubt) row.progress.state = State::held;
    if (what == TakeOver::over) row.progress.state = known.state;
    const bool has_arrived = row.progress.state == State::delivered;
    if (has_arrived || row.progress.state == State::sent)
        count(unit, row, row.progress.step, unit.now, model::Tallied::sent);
    if (has_arrived) count(unit, row, row.progress.step, unit.now, model::Tallied::delivered);
    if (what == TakeOver::again) row.progress.state = before == State::held ? State::held : State::waiting;
    model::append(row.progress.trace, entry);
    save_state(unit, row);
    return what;
}

std::pair<std::int64_t, std::optional<MessageKey>> hold_restored(Unit& unit, MessageKey after, int limit) {
    const auto keys = unit.tables.states().may_go(after, limit);
    std::int64_t held = 0;
    for (const MessageKey key : keys)
        held += hold_one(unit, key) ? 1 : 0;
    if (static_cast<int>(keys.size()) < limit) return {held, std::nullopt};
    return {held, keys.back()};
}

}  // namespace chapar::store::rules
