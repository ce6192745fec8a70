#include "store/sqlite/tables_messages.hpp"

#include "store/sqlite/read_rows.hpp"

namespace chapar::store::sqlite {

// ---- messages -----------------------------------------------------------------------------------------------------

SqlMessages::SqlMessages(Connection& connection, Live* live, SearchWriter* search)
    : live_(live),
      search_(search),
      insert_(connection,
              "INSERT INTO message (key, tail, application, class, recipient, campaign, tags, accepted_at, "
              "send_at, expires_at, idempotency_key, sum, plan, body, fields) "
              "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"),
      insert_state_(connection,
                    "INSERT INTO progress (key, state, step, attempts, due, pool, expires, sum, trace, slots, series) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      id_(connection, "SELECT tail FROM message WHERE key = ?1"),
      owner_(connection,
             "SELECT tail, application, class, recipient, campaign, plan, expires_at, accepted_at FROM message WHERE "
             "key = ?1"),
      select_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      put_times_(connection, "UPDATE message SET send_at = ?2, expires_at = ?3, sum = ?4 WHERE key = ?1"),
      blank_(connection,
             "UPDATE message SET recipient = '', idempotency_key = '', plan = ?2, body = ?3, fields = ?4, sum = ?5 "
             "WHERE key = ?1"),
      change_(connection, "UPDATE message SET plan = ?2, body = ?3, fields = ?4, sum = ?5 WHERE key = ?1"),
      drop_(connection, "DELETE FROM message WHERE key = ?1"),
      drop_state_(connection, "DELETE FROM progress WHERE key = ?1"),
      drop_attempts_(connection, "DELETE FROM attempt WHERE key = ?1") {}

void SqlMessages::insert(std::span<const NewRow> rows) {
    for (const NewRow& row : rows)
        insert_one(row);
}

void SqlMessages::insert_one(const NewRow& new_row) {
    const NewMessage& item = *new_row.item;
    const model::Message& message = item.message;
    plan_ = model::encode_plan(message.plan);
    const std::string tags = model::encode_tags(message.tags);
    const MessageRow row = to_row(message, plan_, tags, item.idempotency_key);
    insert_.run(row.key, row.tail, row.application, row.class_name, row.recipient, row.campaign, row.tags,
                row.accepted_at, row.send_at, row.expires_at, row.idempotency_key, checksum(row), row.plan,
                Blob{row.body}, Blob{row.fields});
    model::Progress progress;
    progress.due = message.send_at;
    ProgressColumns columns{.pool = new_row.pool, .expires = row.expires_at, .slots = {}, .series = new_row.series};
    if (item.collapse != 0) {
        SlotHoldings holdings;
        holdings.collapse = item.collapse;
        columns.slots = encode(holdings);
    }
    const ProgressRow state = to_row(message.id.key(), columns, progress);
    insert_state_.run(state.key, state.state, state.step, state.attempts, state.due, state.pool, state.expires,
                      checksum(state), state.trace, Blob{state.slots}, state.series);
    if (const auto place = place_of(state)) live_->put(*place, state);
}

std::optional<MessageId> SqlMessages::id(MessageKey key) {
    auto rows = id_.query(key.value);
    if (!rows.next()) return std::nullopt;
    return MessageId(key, static_cast<std::uint64_t>(rows.integer(0)));
}

void SqlMessages::owners(std::span<const MessageKey> keys, std::span<std::optional<MessageOwner>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto rows = owner_.query(keys[i].value);
        if (!rows.next()) continue;
        out[i] = MessageOwner{MessageId(keys[i], static_cast<std::uint64_t>(rows.integer(0))),
                              std::string(rows.bytes(1)),
                              std::string(rows.bytes(2)),
                              std::string(rows.bytes(3)),
                              std::string(rows.bytes(4)),
                              model::decode_plan(rows.bytes(5)),
                              from_ms(rows.integer(6)),
                              from_ms(rows.integer(7))};
    }
}

Stored<KeptMessage> SqlMessages::load(MessageKey key) {
    Stored<KeptMessage> out;
    auto rows = select_.query(key.value);
    if (!rows.next()) return out;
    const auto row = read_message(rows);
    out.is = row && row->key == key.value ? Stored<KeptMessage>::Is::sound : Stored<KeptMessage>::Is::damaged;
    if (out.is_sound()) out.value = {to_message(*row), std::string(row->idempotency_key)};
    return out;
}

/// The sum is made of the columns as they are stored: an earlier version may have encoded them in another way.
std::optional<Timestamp> SqlMessages::put_times(MessageKey key, Timestamp send_at,
                                                std::optional<Timestamp> expires_at) {
    std::int64_t sum = 0, expires = 0;
    {
        auto rows = select_.query(key.value);
        auto row = rows.next() ? read_message(rows) : std::nullopt;
        if (!row) return std::nullopt;
        row->send_at = to_ms(send_at);
        if (expires_at) row->expires_at = to_ms(*expires_at);
        expires = row->expires_at;
        sum = checksum(*row);
    }
    put_times_.run(key.value, to_ms(send_at), expires, sum);
    return from_ms(expires);
}

void SqlMessages::blank(const KeptMessage& before, const model::Message& after) {
    search_->blank(before.message);
    const auto plan = model::encode_plan(after.plan);
    const auto tags = model::encode_tags(after.tags);
    const auto row = to_row(after, plan, tags, "");
    blank_.run(row.key, row.plan, Blob{row.body}, Blob{row.fields}, checksum(row));
}

void SqlMessages::change(const KeptMessage& before, const model::Message& after) {
    search_->change(before.message, after);
    const auto plan = model::encode_plan(after.plan);
    const auto tags = model::encode_tags(after.tags);
    const auto row = to_row(after, plan, tags, before.idempotency_key);
    change_.run(row.key, row.plan, Blob{row.body}, Blob{row.fields}, checksum(row));
}

void SqlMessages::remove(const StateRow& row) {
    if (row.stored.place) live_->drop(*row.stored.place, row.key);
    search_->drop(row.key);
    drop_.run(row.key.value);
    drop_state_.run(row.key.value);
    drop_attempts_.run(row.key.value);
}

// ---- states -------------------------------------------------------------------------------------------------------

namespace {

ProgressColumns columns_of(const StateRow& row, std::string slots) {
    return {.pool = row.pool,
            .expires = row.expires,
            .slots = std::move(slots),
            .follow_up = row.follow_up,
            .owner = row.owner,
            .series = row.series};
}

void fill(const Rows& rows, MessageKey key, Stored<StateRow>& out) {
    out.value.key = key;
    const auto row = read_progress(rows);
    out.is = row ? Stored<StateRow>::Is::sound : Stored<StateRow>::Is::damaged;
    if (!row) return;
    StateRow& value = out.value;
    value.progress = to_progress(*row);
    value.pool = PoolId{row->pool};
    value.expires = row->expires;
    value.follow_up = row->follow_up;
    value.owner = model::owner_of(row->owner);
    value.series = SeriesId{row->series};
    value.holdings = row->slots.empty() ? SlotHoldings{} : decode_holdings(row->slots);
    value.stored = {value.progress.state,    value.pool,   value.expires, value.follow_up,
                    std::string(row->slots), value.series, place_of(*row)};
}

}  // namespace

SqlStates::SqlStates(Connection& connection, Live* live)
    : connection_(connection),
      live_(live),
      select_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      update_(connection,
              "UPDATE progress SET state = ?2, step = ?3, attempts = ?4, due = ?5, sum = ?6, trace = ?7, "
              "owner = ?8 WHERE key = ?1"),
      update_all_(connection,
                  "UPDATE progress SET state = ?2, step = ?3, attempts = ?4, due = ?5, sum = ?6, trace = ?7, "
                  "owner = ?8, slots = ?9, follow_up = ?10, pool = ?11, series = ?12 WHERE key = ?1"),
      update_expiry_(connection, "UPDATE progress SET expires = ?2 WHERE key = ?1"),
      replace_(connection,
               "INSERT OR REPLACE INTO progress (key, state, step, attempts, due, pool, expires, sum, trace) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
      scan_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key > ?1 AND key < ?2 ORDER BY key"),
      state_(connection, "SELECT state FROM progress WHERE key = ?1"),
      may_go_(connection,
              "SELECT key FROM progress WHERE key > ?1 AND (state IN (0, 1) OR follow_up > 0) ORDER BY key LIMIT ?2") {}

void SqlStates::load(std::span<const MessageKey> keys, std::span<Stored<StateRow>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i)
        load_one(keys[i], out[i]);
}

void SqlStates::load_one(MessageKey key, Stored<StateRow>& out) {
    auto rows = select_.query(key.value);
    if (rows.next())
        fill(rows, key, out);
    else
        out.is = Stored<StateRow>::Is::absent;
}

void SqlStates::update(std::span<StateRow* const> rows) {
    for (StateRow* row : rows)
        update_one(*row);
}

void SqlStates::update_one(StateRow& row) {
    if (row.expires != row.stored.expires) update_expiry_.run(row.key.value, row.expires);
    const auto columns = columns_of(row, encode(row.holdings));
    const bool is_plain = columns.slots == row.stored.slots && row.follow_up == row.stored.follow_up &&
                          row.pool == row.stored.pool && row.series == row.stored.series;
    const ProgressRow cells = to_row(row.key, columns, row.progress);
    if (is_plain) {
        update_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, checksum(cells), cells.trace,
                    cells.owner);
    } else {
        update_all_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, checksum(cells), cells.trace,
                        cells.owner, Blob{cells.slots}, cells.follow_up, cells.pool, cells.series);
    }
    const auto place = place_of(cells);
    if (row.stored.place && row.stored.place != place) live_->drop(*row.stored.place, row.key);
    if (place && (row.stored.place != place || row.stored.state != row.progress.state)) live_->put(*place, cells);
}

void SqlStates::replace(const StateRow& row) {
    const auto columns = columns_of(row, {});
    const ProgressRow cells = to_row(row.key, columns, row.progress);
    replace_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, cells.pool, cells.expires,
                 checksum(cells), cells.trace);
    if (const auto place = place_of(cells)) live_->put(*place, cells);
}

bool SqlStates::scan(MessageKey after, MessageKey end,
                     const std::function<bool(MessageKey, const Stored<StateRow>&)>& visit) {
    auto rows = scan_.query(after.value, end.value);
    while (rows.next()) {
        const MessageKey key{rows.integer(0)};
        Stored<StateRow> row;
        fill(rows, key, row);
        if (!visit(key, row)) return false;
    }
    return connection_.fault() == 0;
}

std::optional<model::State> SqlStates::state(MessageKey key) {
    auto rows = state_.query(key.value);
    if (!rows.next()) return std::nullopt;
    return state_of(rows.integer(0));
}

std::vector<MessageKey> SqlStates::may_go(MessageKey after, int limit) {
    std::vector<MessageKey> keys;
    auto rows = may_go_.query(after.value, limit);
    while (rows.next())
        keys.push_back(MessageKey{rows.integer(0)});
    return keys;
}

void SqlStates::unlist(MessageKey key, const std::vector<QueuePlace>& places) {
    for (const QueuePlace& place : places)
        live_->drop(place, key);
}

void SqlStates::relist(MessageKey key, const std::vector<QueuePlace>& wrong, bool lists) {
    Stored<StateRow> row;
    load_one(key, row);
    if (row.is == Stored<StateRow>::Is::damaged) return;  // met now: looked at anew
    const auto& place = row.value.stored.place;
    for (const QueuePlace& other : wrong) {
        if (place != other) live_->drop(other, key);
    }
    if (!lists || !place) return;
    const auto columns = columns_of(row.value, row.value.stored.slots);
    live_->put(*place, to_row(key, columns, row.value.progress));
}

// ---- attempts -----------------------------------------------------------------------------------------------------

SqlAttempts::SqlAttempts(Connection& connection, SearchWriter& search)
    : connection_(connection),
      search_(search),
      insert_(connection, "INSERT INTO attempt (" CHAPAR_ATTEMPT_COLUMNS
                          ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) ON CONFLICT DO NOTHING"),
      select_(connection, "SELECT " CHAPAR_ATTEMPT_COLUMNS " FROM attempt WHERE key = ?1 AND number = ?2"),
      all_(connection, "SELECT " CHAPAR_ATTEMPT_COLUMNS " FROM attempt WHERE key = ?1 ORDER BY number"),
      update_(connection,
              "UPDATE attempt SET channel = ?3, route = ?4, started_at = ?5, finished_at = ?6, verdict = ?7, "
              "blame = ?8, retry_after = ?9, provider_id = ?10, code = ?11, detail = ?12, sum = ?13 "
              "WHERE key = ?1 AND number = ?2 AND finished_at IS NULL"),
      // The sum stays wrong on purpose: a damaged attempt stays known as damaged.
      abandon_(connection, "UPDATE attempt SET finished_at = ?2 WHERE key = ?1 AND finished_at IS NULL"),
      last_(connection, "SELECT coalesce(max(number), 0) FROM attempt WHERE key = ?1"),
      names_(connection, "SELECT route, channel, provider_id FROM attempt WHERE key = ?1 AND number = ?2"),
      all_names_(connection, "SELECT route, channel, provider_id FROM attempt WHERE key = ?1 AND provider_id <> ''"),
      blank_(connection, "UPDATE attempt SET detail = '', sum = ?3 WHERE key = ?1 AND number = ?2") {}

bool SqlAttempts::begin(MessageKey key, const model::Attempt& attempt) {
    const AttemptRow row = to_row(key, attempt);
    insert_.run(row.key, row.number, row.channel, row.route, row.started_at, row.finished_at, row.verdict, row.blame,
                row.retry_after, row.provider_id, row.code, row.detail, checksum(row));
    if (connection_.fault() != 0 || connection_.changes() != 1) return false;
    search_.tried(key, attempt.route);
    return true;
}

void SqlAttempts::load_each(std::span<const AttemptKey> keys, std::span<Stored<model::Attempt>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto rows = select_.query(keys[i].message.value, keys[i].number);
        if (!rows.next()) continue;
        const auto row = read_attempt(rows);
        out[i].is = row ? Stored<model::Attempt>::Is::sound : Stored<model::Attempt>::Is::damaged;
        if (row) out[i].value = to_attempt(*row);
    }
}

std::vector<model::Attempt> SqlAttempts::all(MessageKey key) {
    std::vector<model::Attempt> out;
    auto rows = all_.query(key.value);
    while (rows.next()) {
        if (const auto row = read_attempt(rows)) out.push_back(to_attempt(*row));
    }
    return out;
}

void SqlAttempts::finish(MessageKey key, const model::Attempt& attempt) {
    const AttemptRow row = to_row(key, attempt);
    update_.run(row.key, row.number, row.channel, row.route, row.started_at, row.finished_at, row.verdict, row.blame,
                row.retry_after, row.provider_id, row.code, row.detail, checksum(row));
}

int SqlAttempts::last_number(MessageKey key) {
    auto rows = last_.query(key.value);
    return rows.next() ? static_cast<int>(rows.integer(0)) : 0;
}

namespace {

AttemptNames names_in(const Rows& rows) {
    return {std::string(rows.bytes(0)), std::string(rows.bytes(1)), std::string(rows.bytes(2))};
}

}  // namespace

void SqlAttempts::names_each(std::span<const AttemptKey> keys, std::span<std::optional<AttemptNames>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto rows = names_.query(keys[i].message.value, keys[i].number);
        if (rows.next()) out[i] = names_in(rows);
    }
}

std::vector<AttemptNames> SqlAttempts::all_names(MessageKey key) {
    std::vector<AttemptNames> out;
    auto rows = all_names_.query(key.value);
    while (rows.next())
        out.push_back(names_in(rows));
    return out;
}

void SqlAttempts::blank(MessageKey key, const model::Attempt& attempt) {
    blank_.run(key.value, attempt.number, checksum(to_row(key, attempt)));
}

// ---- idempotency keys ---------------------------------------------------------------------------------------------

SqlKeys::SqlKeys(Connection& connection)
    : connection_(connection),
      claim_(connection,
             "INSERT INTO idempotency (application, idempotency_key, key, request_hash) VALUES (?1, ?2, ?3, ?4) "
             "ON CONFLICT DO NOTHING"),
      find_(connection,
            "SELECT i.key, i.request_hash, m.tail, m.application, m.idempotency_key FROM idempotency AS i "
            "LEFT JOIN message AS m ON m.key = i.key WHERE i.application = ?1 AND i.idempotency_key = ?2"),
      retake_(connection,
              "UPDATE idempotency SET key = ?3, request_hash = ?4 WHERE application = ?1 AND idempotency_key = ?2"),
      drop_(connection, "DELETE FROM idempotency WHERE application = ?1 AND idempotency_key = ?2 AND key = ?3") {}

std::vector<bool> SqlKeys::claim(std::span<const KeyClaim> claims) {
    std::vector<bool> out(claims.size());
    for (std::size_t i = 0; i < claims.size() && connection_.fault() == 0; ++i) {
        const KeyClaim& claim = claims[i];
        claim_.run(claim.application, claim.key, claim.message.value, static_cast<std::int64_t>(claim.request_hash));
        out[i] = connection_.fault() == 0 && connection_.changes() == 1;
    }
    return out;
}

std::optional<ClaimedKey> SqlKeys::find(std::string_view application, std::string_view key) {
    auto rows = find_.query(application, key);
    if (!rows.next()) return std::nullopt;
    ClaimedKey out;
    out.message = MessageId(MessageKey{rows.integer(0)}, static_cast<std::uint64_t>(rows.integer(2)));
    out.request_hash = static_cast<std::uint64_t>(rows.integer(1));
    out.is_sound = rows.bytes(3) == application && rows.bytes(4) == key;
    return out;
}

void SqlKeys::retake(const KeyClaim& claim) {
    retake_.run(claim.application, claim.key, claim.message.value, static_cast<std::int64_t>(claim.request_hash));
}

}  // namespace chapar::store::sqlite
