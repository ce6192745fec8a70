// A backup that was put back: what became of its messages since.

#include "store/sqlite/life.hpp"

namespace chapar::store::sqlite {
namespace {

using model::Reason;
using model::State;

model::TraceEntry told(Verdict what, const Known& known, Timestamp now) {
    const auto attempt = "attempt " + std::to_string(known.attempts);
    if (what == Verdict::doubt)
        return {now, Reason::restored, attempt + " began after the backup was made, and its outcome is not known"};
    return {now, Reason::journal, "it was " + std::string(model::name(known.state)) + " after " + attempt};
}

}  // namespace

Verdict Life::take_over_known(MessageKey key, const Known& known) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return Verdict::as_it_stands;
    const auto before = row.progress.state;
    const int attempts_before = row.progress.attempts;
    const auto what = verdict({before, attempts_before}, known);
    if (before == State::sent && row.fixed.follow_up != 0 &&
        (known.attempts > attempts_before || model::is_terminal(known.state))) {
        row.fixed.follow_up = 0;  // its fallback has begun since, or is not needed
        save(key, row, before);
        return Verdict::over;
    }
    if (what == Verdict::as_it_stands) return what;
    if (before == State::sending) close_attempt(key, attempts_before, "the store was restored while this attempt ran");
    const auto entry = told(what, known, clock_.now());
    row.progress.attempts = known.attempts;  // no attempt's number is used twice
    if (what == Verdict::doubt) row.progress.state = State::held;
    if (what == Verdict::over) row.progress.state = known.state;
    if (what == Verdict::again) row.progress.state = before == State::held ? State::held : State::waiting;
    model::append(row.progress.trace, entry);
    save(key, row, before);
    return what;
}

bool Life::hold_restored(MessageKey key) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return false;
    const auto before = row.progress.state;
    const bool may_go = before == State::waiting || before == State::sending;
    if (!may_go && row.fixed.follow_up == 0) return false;
    if (before == State::sending)
        close_attempt(key, row.progress.attempts, "the store was restored while this attempt ran");
    if (may_go) {
        row.progress.state = State::held;
        model::append(row.progress.trace, {clock_.now(), Reason::restored, "no journal tells what left since"});
    }
    row.fixed.follow_up = 0;
    save(key, row, before);
    return may_go;
}

}  // namespace chapar::store::sqlite
