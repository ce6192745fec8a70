// The rows behind a message's life.

#include "base/log.hpp"
#include "store/sqlite/life.hpp"

namespace chapar::store::sqlite {

Life::Life(Connection& connection, Intake& intake, Live& live, SearchWriter& search, Holder& holder,
           WritingLedger& ledger, Feed& feed, Stage& stage, const Clock& clock)
    : connection_(connection),
      intake_(intake),
      live_(live),
      search_(search),
      holder_(holder),
      ledger_(ledger),
      feed_(feed),
      stage_(stage),
      clock_(clock),
      select_progress_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      update_progress_(connection,
                       "UPDATE progress SET state = ?2, step = ?3, attempts = ?4, due = ?5, sum = ?6, trace = ?7 "
                       "WHERE key = ?1"),
      update_holdings_(connection,
                       "UPDATE progress SET state = ?2, step = ?3, attempts = ?4, due = ?5, sum = ?6, trace = ?7, "
                       "slots = ?8, follow_up = ?9, pool = ?10 WHERE key = ?1"),
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
      last_attempt_(connection, "SELECT max(number) FROM attempt WHERE key = ?1"),
      select_tail_(connection, "SELECT tail FROM message WHERE key = ?1"),
      select_owner_(connection, "SELECT class, application, campaign FROM message WHERE key = ?1"),
      select_message_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      update_times_(connection, "UPDATE message SET send_at = ?2, expires_at = ?3, sum = ?4 WHERE key = ?1"),
      update_expiry_(connection, "UPDATE progress SET expires = ?2 WHERE key = ?1") {}

Life::Loaded Life::load(MessageKey key) {
    Loaded loaded;
    stage_.looking_at = key;
    auto rows = select_progress_.query(key.value);
    if (!rows.next()) return loaded;
    const auto row = read_progress(rows);
    loaded.kind = row ? Loaded::Kind::sound : Loaded::Kind::damaged;
    if (row) {
        loaded.progress = to_progress(*row);
        loaded.fixed = {PoolId{row->pool}, row->expires, std::string(row->slots), row->follow_up};
        loaded.follow_up_before = row->follow_up;
        loaded.place = place_of(*row);
        if (!row->slots.empty()) loaded.holdings = decode_holdings(row->slots);
    } else {
        stage_.damaged.push_back(key);
    }
    return loaded;
}

std::optional<model::Attempt> Life::load_attempt(MessageKey key, int number) {
    auto rows = select_attempt_.query(key.value, number);
    if (!rows.next()) return std::nullopt;
    if (const auto row = read_attempt(rows)) return to_attempt(*row);
    log::error("store.row_damaged", "attempt {} of message key {} is damaged; its route is forgotten",
               log::Field("attempt", number), log::Field("key", key.value));
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

void Life::save(MessageKey key, Loaded& row, model::State before) {
    const auto now = row.progress.state;
    Holdings& holdings = row.holdings;
    const bool may_go = now == model::State::waiting || now == model::State::sending;
    if (!may_go && !holdings.slots.empty()) holder_.give_back(key, holdings);
    if (now == model::State::delivered) holdings.slots.clear();  // no later word will change them
    if (now != model::State::waiting) holder_.leave(key, holdings);
    if (now != model::State::sent) row.fixed.follow_up = 0;
    auto slots = encode(holdings);
    const auto pool = row.fixed.pool;
    if (live_index(now) && !live_index(before)) find_pool(key, row.fixed);
    const bool is_plain =
        slots == row.fixed.slots && row.fixed.follow_up == row.follow_up_before && row.fixed.pool == pool;
    row.fixed.slots = std::move(slots);
    const ProgressRow cells = to_row(key, row.fixed, row.progress);
    if (is_plain) {
        update_progress_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, checksum(cells),
                             cells.trace);
    } else {
        update_holdings_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, checksum(cells),
                             cells.trace, Blob{cells.slots}, cells.follow_up, cells.pool);
    }
    const auto place = place_of(cells);
    if (row.place && row.place != place) live_.drop(*row.place, key);
    if (place && (row.place != place || before != now)) live_.put(*place, cells);
    if (before == now) return;
    stage_.steps.push_back({key, before, now, row.progress.attempts});
    stage_.delta.add(pool, before, -1);
    stage_.delta.add(row.fixed.pool, now, 1);
    if (!is_told_) note_turn(key, row.progress, before);
    // An attempt's begin and end are known to whoever asked for them.
    if (now != model::State::sending && !settling_) note_move(key, row.progress, before);
}

void Life::note_move(MessageKey key, const model::Progress& now, model::State before) {
    if (!stage_.tells_moves) return;
    const auto id = id_of(key);
    if (!id) return;
    stage_.moved.push_back({*id, before, now.state, model::last_entry(now.trace), clock_.now()});
}

/// Written in the commit of the change itself: who follows the feed misses none.
void Life::note_turn(MessageKey key, const model::Progress& now, model::State before) {
    using model::State;
    const auto is_under_way = [](State state) { return state == State::waiting || state == State::sending; };
    if (now.state == State::sending || (is_under_way(now.state) && is_under_way(before))) return;
    const auto id = id_of(key);
    if (!id) return;
    Turn turn{.message = *id, .at = clock_.now(), .state = now.state, .step = now.step};
    if (settling_) turn.attempt = now.attempts;
    turn.is_bounce = settling_ && bounced_ && now.state == State::failed;
    // That an attempt went well stands in the attempt alone.
    if (settling_ && now.state == State::sent)
        turn.reason = static_cast<int>(model::Reason::sent);
    else if (settling_ && now.state == State::delivered)
        turn.reason = static_cast<int>(model::Reason::delivered);
    else if (const auto why = model::last_entry(now.trace))
        turn.reason = static_cast<int>(why->reason);
    feed_.append(turn);
}

void Life::find_pool(MessageKey key, Fixed& fixed) {
    if (intake_.pool(fixed.pool)) return;
    std::string class_name, application, campaign;
    {
        auto rows = select_owner_.query(key.value);
        if (!rows.next()) return;
        class_name = rows.bytes(0);
        application = rows.bytes(1);
        campaign = rows.bytes(2);
    }
    fixed.pool = intake_.intern(class_name, application, campaign);
}

void Life::save(MessageKey key, const model::Attempt& attempt) {
    const AttemptRow cells = to_row(key, attempt);
    update_attempt_.run(cells.key, cells.number, cells.channel, cells.route, cells.started_at, cells.finished_at,
                        cells.verdict, cells.blame, cells.retry_after, cells.provider_id, cells.code, cells.detail,
                        checksum(cells));
}

/// For the traces; a message that can't be read is named by its key.
std::string Life::id_text(MessageKey key) {
    const auto id = id_of(key);
    return id ? id->text() : "key " + std::to_string(key.value);
}

std::optional<MessageId> Life::id_of(MessageKey key) {
    auto rows = select_tail_.query(key.value);
    if (!rows.next()) return std::nullopt;
    return MessageId(key, static_cast<std::uint64_t>(rows.integer(0)));
}

}  // namespace chapar::store::sqlite
