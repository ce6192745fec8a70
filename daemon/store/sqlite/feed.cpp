#include "store/sqlite/feed.hpp"

#include <vector>

#include "address/key.hpp"
#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::int64_t most_entries = 5'000'000;

std::optional<std::int64_t> key_of(const model::FeedEntry& entry) {
    return entry.message ? std::optional(entry.message->key().value) : std::nullopt;
}

std::int64_t tail_of(const model::FeedEntry& entry) {
    return entry.message ? static_cast<std::int64_t>(entry.message->tail()) : 0;
}

/// The number is SQLite's and not part of it.
std::int64_t checksum(const model::FeedEntry& entry) {
    Sum sum;
    sum.add(key_of(entry)).add(tail_of(entry)).add(entry.attempt).add(entry.part).add(entry.parts);
    sum.add(static_cast<std::int64_t>(entry.effect)).add(to_ms(entry.at)).add(to_ms(entry.noted_at));
    for (const std::string* text : {&entry.application, &entry.kind, &entry.route, &entry.channel, &entry.recipient,
                                    &entry.address, &entry.code, &entry.detail, &entry.provider_id})
        sum.add(std::string_view(*text));
    if (entry.state) sum.add(static_cast<std::int64_t>(*entry.state));  // younger than the other columns
    return sum.value();
}

std::optional<model::State> state_of(std::int64_t number) {
    if (number < 0 || number >= model::state_count) return std::nullopt;
    return static_cast<model::State>(number);
}

/// Routes don't share their keys.
std::string dedupe_of(std::string_view route, std::string_view dedupe_key) {
    return std::string(route) + '\n' + std::string(dedupe_key);
}

}  // namespace

std::int64_t checksum(const Turn& turn) {
    return sum_of(turn.message.key().value, static_cast<std::int64_t>(turn.message.tail()), to_ms(turn.at),
                  static_cast<std::int64_t>(turn.state), std::int64_t{turn.reason}, std::int64_t{turn.step},
                  std::int64_t{turn.attempt}, std::int64_t{turn.is_bounce});
}

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

std::optional<Turn> read_turn(const Rows& rows) {
    Turn out;
    out.number = rows.integer(0);
    out.message = MessageId(MessageKey{rows.integer(1)}, static_cast<std::uint64_t>(rows.integer(2)));
    out.at = from_ms(rows.integer(3));
    const auto state = state_of(rows.integer(4));
    out.state = state.value_or(model::State::held);
    out.reason = static_cast<int>(rows.integer(5));
    out.step = static_cast<int>(rows.integer(6));
    out.attempt = static_cast<int>(rows.integer(7));
    out.is_bounce = rows.integer(8) != 0;
    if (!state || checksum(out) != rows.integer(9)) return std::nullopt;
    return out;
}

std::string_view kind_of(const Turn& turn) { return turn.is_bounce ? "bounced" : model::name(turn.state); }
std::uint32_t mark_of(std::int64_t sum) { return static_cast<std::uint32_t>(sum) & 0xFFFFFF; }

Feed::Feed(Connection& connection)
    : connection_(connection),
      append_(connection, "INSERT INTO feed (" CHAPAR_FEED_COLUMNS
                          ", dedupe, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
                          "?16, ?17, ?18, ?19, nullif(?20, ''), ?21)"),
      append_turn_(connection, "INSERT INTO turn (number, " CHAPAR_TURN_COLUMNS
                               ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      has_(connection, "SELECT 1 FROM feed WHERE dedupe = ?1"),
      oldest_(connection, "SELECT number, noted_at FROM feed ORDER BY number LIMIT ?1"),
      oldest_turns_(connection, "SELECT number, at FROM turn ORDER BY number LIMIT ?1"),
      newest_(connection,
              "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0), "
              "coalesce((SELECT max(number) FROM feed), 0), coalesce((SELECT max(number) FROM turn), 0))"),
      drop_one_(connection, "DELETE FROM feed WHERE number = ?1"),
      drop_turn_(connection, "DELETE FROM turn WHERE number = ?1"),
      drop_message_(connection, "DELETE FROM feed WHERE key = ?1"),
      drop_address_(connection, "DELETE FROM feed WHERE key IS NULL AND address = ?1"),
      remember_(connection, "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'feed'"),
      begin_sequence_(connection, "INSERT INTO sqlite_sequence (name, seq) VALUES ('feed', ?1)") {}

/// Reports and turns share one row of numbers, and none is given twice.
std::int64_t Feed::next_number() {
    if (!next_) {
        auto rows = newest_.query();
        next_ = (rows.next() ? rows.integer(0) : 0) + 1;
    }
    has_news_ = true;
    return (*next_)++;
}

void Feed::append(const model::FeedEntry& told, std::string_view dedupe_key) {
    auto entry = told;
    // A stranger's is looked for by it.
    if (!entry.message) entry.address = address::key(entry.address);
    const auto dedupe = dedupe_key.empty() ? std::string() : dedupe_of(entry.route, dedupe_key);
    append_.run(
        key_of(entry), tail_of(entry), entry.attempt, entry.part, entry.parts, static_cast<std::int64_t>(entry.effect),
        to_ms(entry.at), to_ms(entry.noted_at), entry.application, entry.kind, entry.route, entry.channel,
        entry.recipient, entry.address, entry.code, entry.detail, entry.provider_id, checksum(entry),
        entry.state ? std::optional(static_cast<std::int64_t>(*entry.state)) : std::nullopt, dedupe, next_number());
}

void Feed::append(const Turn& turn) {
    append_turn_.run(next_number(), turn.message.key().value, static_cast<std::int64_t>(turn.message.tail()),
                     to_ms(turn.at), static_cast<std::int64_t>(turn.state), turn.reason, turn.step, turn.attempt,
                     static_cast<std::int64_t>(turn.is_bounce), checksum(turn));
}

bool Feed::has(std::string_view route, std::string_view dedupe_key) {
    if (dedupe_key.empty()) return false;
    const auto dedupe = dedupe_of(route, dedupe_key);
    auto rows = has_.query(dedupe);
    return rows.next();
}

std::int64_t Feed::prune(Timestamp before, int limit) {
    return prune(oldest_, drop_one_, before, limit) + prune(oldest_turns_, drop_turn_, before, limit);
}

std::int64_t Feed::prune(Statement& oldest, Statement& drop, Timestamp before, int limit) {
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

void Feed::drop(MessageKey key) { drop_message_.run(key.value); }
void Feed::drop_address(std::string_view address) {
    const auto key = address::key(address);
    drop_address_.run(key);
    if (key != address) drop_address_.run(address);  // of an earlier version
}

}  // namespace chapar::store::sqlite
