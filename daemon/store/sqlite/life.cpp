#include "store/sqlite/life.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace chapar::store::sqlite {

Life::Life(Connection& connection, Intake& intake, Stage& stage, const Clock& clock)
    : connection_(connection),
      intake_(intake),
      stage_(stage),
      clock_(clock),
      select_progress_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      update_progress_(connection,
                       "UPDATE progress SET state = ?2, step = ?3, attempts = ?4, due = ?5, sum = ?6, trace = ?7 "
                       "WHERE key = ?1"),
      replace_progress_(connection,
                        "INSERT OR REPLACE INTO progress (key, state, step, attempts, due, pool, expires, sum, trace) "
                        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      insert_attempt_(connection,
                      "INSERT INTO attempt (" CHAPAR_ATTEMPT_COLUMNS
                      ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING"),
      select_attempt_(connection, "SELECT " CHAPAR_ATTEMPT_COLUMNS " FROM attempt WHERE key = ?1 AND number = ?2"),
      update_attempt_(connection,
                      "UPDATE attempt SET channel = ?3, route = ?4, started_at = ?5, finished_at = ?6, verdict = ?7, "
                      "blame = ?8, retry_after = ?9, provider_id = ?10, code = ?11, detail = ?12, sum = ?13 "
                      "WHERE key = ?1 AND number = ?2 AND finished_at IS NULL"),
      // The sum stays wrong on purpose: a damaged attempt stays known as damaged.
      abandon_attempts_(connection, "UPDATE attempt SET finished_at = ?2 WHERE key = ?1 AND finished_at IS NULL"),
      last_attempt_(connection, "SELECT max(number) FROM attempt WHERE key = ?1") {}

bool Life::lease(const Lease& lease) {
    auto row = load(lease.key);
    if (row.kind != Loaded::Kind::sound) return false;
    const auto to = model::next(row.progress.state, model::Event::lease);
    if (!to || row.progress.attempts != lease.number - 1) return false;
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
    const auto before = row.progress.state;
    row.progress.state = *to;
    row.progress.attempts = lease.number;
    save(lease.key, row.fixed, before, row.progress);
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
    save(settlement.key, row.fixed, before, row.progress);
    return true;
}

bool Life::may_move(const Transition& transition, PoolId pool) const {
    if (transition.application.empty()) return true;
    const auto known = intake_.pool(pool);
    return known && known->application == transition.application;
}

Result<model::Progress> Life::move(const Transition& transition) {
    auto row = load(transition.key);
    if (row.kind == Loaded::Kind::damaged) return fail(Code::corrupt, "the message's state is damaged; it is held");
    if (row.kind == Loaded::Kind::missing || !may_move(transition, row.fixed.pool))
        return fail(Code::not_found, "no such message");
    const auto before = row.progress.state;
    const auto to = transition.event ? model::next(before, *transition.event) : std::optional(before);
    if (!to || (!transition.event && before != model::State::waiting))
        return fail(Code::wrong_state, "the message is " + std::string(model::name(before)));
    // The attempt that still runs has lost its message: its outcome will be stale.
    if (before == model::State::sending)
        close_attempt(transition.key, row.progress.attempts, "the message was moved while this attempt ran");
    row.progress.state = *to;
    if (transition.due) row.progress.due = *transition.due;
    if (transition.step) row.progress.step = *transition.step;
    for (const auto& entry : transition.trace)
        model::append(row.progress.trace, entry);
    save(transition.key, row.fixed, before, row.progress);
    return row.progress;
}

void Life::quarantine(MessageKey key, std::string_view what) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return;  // missing, or left to the repair
    const auto before = row.progress.state;
    const auto to = model::next(before, model::Event::quarantine);
    if (!to) return;
    if (before == model::State::sending) close_attempt(key, row.progress.attempts, what);
    row.progress.state = *to;
    model::append(row.progress.trace, {clock_.now(), model::Reason::quarantined, std::string(what)});
    save(key, row.fixed, before, row.progress);
}

Life::Loaded Life::load(MessageKey key) {
    Loaded loaded;
    auto rows = select_progress_.query(key.value);
    if (!rows.next()) return loaded;
    const auto row = read_progress(rows);
    loaded.kind = row ? Loaded::Kind::sound : Loaded::Kind::damaged;
    if (row) {
        loaded.progress = to_progress(*row);
        loaded.fixed = {PoolId{row->pool}, row->expires};
    } else {
        stage_.damage_seen = true;
    }
    return loaded;
}

std::optional<model::Attempt> Life::load_attempt(MessageKey key, int number) {
    auto rows = select_attempt_.query(key.value, number);
    if (!rows.next()) return std::nullopt;
    if (const auto row = read_attempt(rows)) return to_attempt(*row);
    log::error("store.row_damaged", "attempt {} of message key {} is damaged; its route is forgotten", number,
               key.value);
    model::Attempt blank;
    blank.number = number;
    return blank;
}

void Life::close_attempt(MessageKey key, int number, std::string_view why) {
    auto attempt = load_attempt(key, number);
    if (!attempt) return;
    attempt->finished_at = clock_.now();
    attempt->outcome.verdict = model::Verdict::unknown;
    attempt->outcome.detail = why;
    save(key, *attempt);
}

void Life::save(MessageKey key, const Fixed& fixed, model::State before, const model::Progress& progress) {
    const ProgressRow cells = to_row(key, fixed, progress);
    update_progress_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, checksum(cells), cells.trace);
    if (before == progress.state) return;
    stage_.delta.add(fixed.pool, before, -1);
    stage_.delta.add(fixed.pool, progress.state, 1);
}

void Life::save(MessageKey key, const model::Attempt& attempt) {
    const AttemptRow cells = to_row(key, attempt);
    update_attempt_.run(cells.key, cells.number, cells.channel, cells.route, cells.started_at, cells.finished_at,
                        cells.verdict, cells.blame, cells.retry_after, cells.provider_id, cells.code, cells.detail,
                        checksum(cells));
}

}  // namespace chapar::store::sqlite
