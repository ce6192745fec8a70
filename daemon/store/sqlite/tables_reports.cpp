#include "store/sqlite/tables_reports.hpp"

#include <vector>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/rows/unmatched_receipt.hpp"

namespace chapar::store::sqlite {

// ---- the ids of providers -----------------------------------------------------------------------------------------

std::optional<ProviderId> read_provider_id(const Rows& rows) {
    ProviderId out;
    out.route = rows.bytes(0);
    out.id = rows.bytes(1);
    out.key = MessageKey{rows.integer(2)};
    out.number = static_cast<int>(rows.integer(3));
    out.part = static_cast<int>(rows.integer(4));
    out.parts = static_cast<int>(rows.integer(5));
    unpack_fate(rows.integer(6), out);
    out.at = from_ms(rows.integer(7));
    out.code = rows.bytes(8);
    if (checksum(out) == rows.integer(9)) return out;
    log::error("store.row_damaged", "what a provider's id stands for is damaged; its receipts are unknown");
    return std::nullopt;
}

SqlProviderIds::SqlProviderIds(Connection& connection)
    : put_(connection, "INSERT OR REPLACE INTO segment (" CHAPAR_SEGMENT_COLUMNS
                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      find_(connection, "SELECT " CHAPAR_SEGMENT_COLUMNS " FROM segment WHERE route = ?1 AND id = ?2"),
      drop_(connection, "DELETE FROM segment WHERE route = ?1 AND id = ?2 AND key = ?3"),
      put_last_(connection, "INSERT OR REPLACE INTO last_sent (scope, key, sum) VALUES (?1, ?2, ?3)"),
      last_(connection, "SELECT key, sum FROM last_sent WHERE scope = ?1"),
      drop_last_(connection, "DELETE FROM last_sent WHERE scope = ?1 AND key = ?2"),
      any_(connection, "SELECT EXISTS (SELECT 1 FROM segment) OR EXISTS (SELECT 1 FROM last_sent)") {}

void SqlProviderIds::put(const ProviderId& id) {
    put_.run(id.route, id.id, id.key.value, id.number, id.part, id.parts, packed_fate(id), to_ms(id.at), id.code,
             checksum(id));
}

void SqlProviderIds::find_each(std::span<const ProviderIdKey> keys, std::span<std::optional<ProviderId>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& [route, id] = keys[i];
        auto rows = find_.query(route, id);
        if (rows.next()) out[i] = read_provider_id(rows);
    }
}

void SqlProviderIds::put_last_sent(std::int64_t scope, MessageKey key) {
    put_last_.run(scope, key.value, last_sent_sum(scope, key.value));
}

std::optional<MessageKey> SqlProviderIds::last_sent(std::int64_t scope) {
    auto rows = last_.query(scope);
    if (!rows.next() || rows.integer(1) != last_sent_sum(scope, rows.integer(0))) return std::nullopt;
    return MessageKey{rows.integer(0)};
}

bool SqlProviderIds::is_empty() {
    auto rows = any_.query();
    return !rows.next() || rows.integer(0) == 0;
}

// ---- reports that can't be applied yet ----------------------------------------------------------------------------

namespace {

#define CHAPAR_STRAY_COLUMNS \
    "key, tail, number, word, at, noted_at, route, channel, provider_id, kind, address, code, detail, sum, cost"

/// Of a query over `stray`, then the columns above.
std::optional<model::Report> read_unmatched(const Rows& rows) {
    model::Report out;
    if (rows.integer(1) != 0) {
        out.attempt = AttemptId{MessageId(MessageKey{rows.integer(1)}, static_cast<std::uint64_t>(rows.integer(2))),
                                static_cast<int>(rows.integer(3))};
    }
    out.word = static_cast<model::Word>(rows.integer(4));
    out.at = from_ms(rows.integer(5));
    int column = 7;
    for (std::string* text :
         {&out.route, &out.channel, &out.provider_id, &out.kind, &out.address, &out.code, &out.detail})
        *text = rows.bytes(column++);
    out.bill = model::read_bill(rows.bytes(column + 1));
    if (checksum(out, rows.integer(6)) == rows.integer(column)) return out;
    log::error("store.row_damaged", "a report that waited for its message is damaged; it is not applied");
    return std::nullopt;
}

}  // namespace

SqlUnmatched::SqlUnmatched(Connection& connection)
    : insert_(connection,
              "INSERT INTO stray (" CHAPAR_STRAY_COLUMNS
              ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING stray"),
      select_one_(connection, "SELECT stray, " CHAPAR_STRAY_COLUMNS " FROM stray WHERE stray = ?1"),
      all_(connection, "SELECT stray, " CHAPAR_STRAY_COLUMNS " FROM stray ORDER BY stray"),
      old_(connection, "SELECT stray FROM stray WHERE noted_at < ?1 ORDER BY stray LIMIT ?2"),
      by_address_(connection, "SELECT stray FROM stray WHERE address = ?1 COLLATE NOCASE"),
      delete_(connection, "DELETE FROM stray WHERE stray = ?1") {}

void SqlUnmatched::visit(const std::function<void(std::int64_t, const model::Report&)>& visit) {
    auto rows = all_.query();
    while (rows.next()) {
        if (const auto report = read_unmatched(rows)) visit(rows.integer(0), *report);
    }
}

std::optional<std::int64_t> SqlUnmatched::insert(const model::Report& report, Timestamp noted_at) {
    const auto key = report.attempt ? report.attempt->message.key().value : 0;
    const auto tail = report.attempt ? static_cast<std::int64_t>(report.attempt->message.tail()) : 0;
    const auto number = report.attempt ? report.attempt->number : 0;
    const auto cost = report.bill ? model::show_bill(*report.bill) : std::string();
    const auto noted = to_ms(noted_at);
    auto rows = insert_.query(key, tail, number, static_cast<std::int64_t>(report.word), to_ms(report.at), noted,
                              report.route, report.channel, report.provider_id, report.kind, report.address,
                              report.code, report.detail, checksum(report, noted), cost);
    if (!rows.next()) return std::nullopt;
    return rows.integer(0);
}

Stored<model::Report> SqlUnmatched::load(std::int64_t number) {
    auto rows = select_one_.query(number);
    if (!rows.next()) return {};
    auto report = read_unmatched(rows);
    if (!report) return {Stored<model::Report>::Is::damaged, {}};
    return {Stored<model::Report>::Is::sound, std::move(*report)};
}

std::vector<std::int64_t> SqlUnmatched::older(Timestamp before, int limit) {
    std::vector<std::int64_t> out;
    auto rows = old_.query(to_ms(before), limit);
    while (rows.next())
        out.push_back(rows.integer(0));
    return out;
}

std::vector<std::int64_t> SqlUnmatched::from(std::string_view address) {
    std::vector<std::int64_t> out;
    auto rows = by_address_.query(address);
    while (rows.next())
        out.push_back(rows.integer(0));
    return out;
}

// ---- the feed -----------------------------------------------------------------------------------------------------

namespace {

constexpr std::int64_t most_entries = 5'000'000;

}  // namespace

std::optional<model::FeedEntry> read_feed(const Rows& rows) {
    model::FeedEntry out;
    out.number = rows.integer(0);
    if (!rows.is_null(1))
        out.message = MessageId(MessageKey{rows.integer(1)}, static_cast<std::uint64_t>(rows.integer(2)));
    out.attempt = static_cast<int>(rows.integer(3));
    out.part = static_cast<int>(rows.integer(4));
    out.parts = static_cast<int>(rows.integer(5));
    const auto effect = model::effect_from(rows.integer(6));
    out.effect = effect.value_or(model::Effect::kept);
    out.at = from_ms(rows.integer(7));
    out.noted_at = from_ms(rows.integer(8));
    int column = 9;
    for (std::string* text : {&out.application, &out.kind, &out.route, &out.channel, &out.recipient, &out.address,
                              &out.code, &out.detail, &out.provider_id})
        *text = rows.bytes(column++);
    if (!rows.is_null(column + 1)) out.state = state_of(rows.integer(column + 1));
    if (!effect || checksum(out) != rows.integer(column)) return std::nullopt;
    out.mark = mark_of(rows.integer(column));
    return out;
}

std::optional<StateChange> read_change(const Rows& rows) {
    StateChange out;
    out.number = rows.integer(0);
    out.message = MessageId(MessageKey{rows.integer(1)}, static_cast<std::uint64_t>(rows.integer(2)));
    out.at = from_ms(rows.integer(3));
    const bool is_known = read_stored_state(rows.integer(4), out);
    out.reason = static_cast<int>(rows.integer(5));
    out.step = static_cast<int>(rows.integer(6));
    out.attempt = static_cast<int>(rows.integer(7));
    out.is_bounce = rows.integer(8) != 0;
    if (!is_known || checksum(out) != rows.integer(9)) return std::nullopt;
    return out;
}

SqlFeed::SqlFeed(Connection& connection)
    : connection_(connection),
      append_(connection, "INSERT INTO feed (" CHAPAR_FEED_COLUMNS
                          ", dedupe, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
                          "?16, ?17, ?18, ?19, nullif(?20, ''), ?21)"),
      append_change_(connection, "INSERT INTO turn (number, " CHAPAR_TURN_COLUMNS
                                 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      has_(connection, "SELECT 1 FROM feed WHERE dedupe = ?1"),
      oldest_(connection, "SELECT number, noted_at FROM feed ORDER BY number LIMIT ?1"),
      oldest_changes_(connection, "SELECT number, at FROM turn ORDER BY number LIMIT ?1"),
      newest_(connection,
              "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0), "
              "coalesce((SELECT max(number) FROM feed), 0), coalesce((SELECT max(number) FROM turn), 0))"),
      drop_one_(connection, "DELETE FROM feed WHERE number = ?1"),
      drop_change_(connection, "DELETE FROM turn WHERE number = ?1"),
      drop_message_(connection, "DELETE FROM feed WHERE key = ?1"),
      drop_address_(connection, "DELETE FROM feed WHERE key IS NULL AND address = ?1"),
      remember_(connection, "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'feed'"),
      begin_sequence_(connection, "INSERT INTO sqlite_sequence (name, seq) VALUES ('feed', ?1)") {}

/// Reports and changes share one sequence of numbers, and none is given twice.
std::int64_t SqlFeed::next_number() {
    if (!next_) {
        auto rows = newest_.query();
        next_ = (rows.next() ? rows.integer(0) : 0) + 1;
    }
    has_news_ = true;
    return (*next_)++;
}

void SqlFeed::append(const model::FeedEntry& entry, const std::string& dedupe) {
    const auto key = entry.message ? std::optional(entry.message->key().value) : std::nullopt;
    const auto tail = entry.message ? static_cast<std::int64_t>(entry.message->tail()) : 0;
    append_.run(key, tail, entry.attempt, entry.part, entry.parts, static_cast<std::int64_t>(entry.effect),
                to_ms(entry.at), to_ms(entry.noted_at), entry.application, entry.kind, entry.route, entry.channel,
                entry.recipient, entry.address, entry.code, entry.detail, entry.provider_id, checksum(entry),
                entry.state ? std::optional(static_cast<std::int64_t>(*entry.state)) : std::nullopt, dedupe,
                next_number());
}

std::int64_t SqlFeed::append(const StateChange& change) {
    const auto number = next_number();
    append_change_.run(number, change.message.key().value, static_cast<std::int64_t>(change.message.tail()),
                       to_ms(change.at), stored_state(change), change.reason, change.step, change.attempt,
                       static_cast<std::int64_t>(change.is_bounce), checksum(change));
    return number;
}

std::vector<bool> SqlFeed::has_each(std::span<const std::string> dedupes) {
    std::vector<bool> out;
    for (const auto& dedupe : dedupes) {
        auto rows = has_.query(dedupe);
        out.push_back(rows.next());
    }
    return out;
}

std::int64_t SqlFeed::prune(Timestamp before, int limit) {
    return prune(oldest_, drop_one_, before, limit) + prune(oldest_changes_, drop_change_, before, limit);
}

std::int64_t SqlFeed::prune(Statement& oldest, Statement& drop, Timestamp before, int limit) {
    std::vector<std::int64_t> old;
    std::int64_t newest = 0;
    {
        auto rows = newest_.query();
        if (rows.next()) newest = rows.integer(0);
    }
    {
        auto rows = oldest.query(limit);
        while (rows.next()) {
            if (rows.integer(1) >= to_ms(before) && newest - rows.integer(0) < most_entries) break;
            old.push_back(rows.integer(0));
        }
    }
    if (old.empty()) return 0;
    for (const auto number : old)
        drop.run(number);
    // The number of an entry that is gone is not given again, also when none is left.
    remember_.run(old.back());
    if (connection_.fault() == 0 && connection_.changes() == 0) begin_sequence_.run(old.back());
    return connection_.fault() == 0 ? static_cast<std::int64_t>(old.size()) : 0;
}

void SqlFeed::drop_from(std::string_view address) {
    const auto key = address::key(address);
    drop_address_.run(key);
    if (key != address) drop_address_.run(address);  // of an earlier version
}

}  // namespace chapar::store::sqlite
