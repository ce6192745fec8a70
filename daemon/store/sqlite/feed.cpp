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
    return sum.value();
}

/// Routes don't share their keys.
std::string dedupe_of(std::string_view route, std::string_view dedupe_key) {
    return std::string(route) + '\n' + std::string(dedupe_key);
}

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
    if (!effect || checksum(out) != rows.integer(column)) return std::nullopt;
    return out;
}

Feed::Feed(Connection& connection)
    : connection_(connection),
      append_(connection, "INSERT INTO feed (" CHAPAR_FEED_COLUMNS
                          ", dedupe) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
                          "?17, ?18, nullif(?19, ''))"),
      has_(connection, "SELECT 1 FROM feed WHERE dedupe = ?1"),
      oldest_(connection, "SELECT number, noted_at FROM feed ORDER BY number LIMIT ?1"),
      newest_(connection, "SELECT max(number) FROM feed"),
      drop_one_(connection, "DELETE FROM feed WHERE number = ?1"),
      drop_message_(connection, "DELETE FROM feed WHERE key = ?1"),
      drop_address_(connection, "DELETE FROM feed WHERE key IS NULL AND address = ?1") {}

void Feed::append(const model::FeedEntry& told, std::string_view dedupe_key) {
    auto entry = told;
    // A stranger's is looked for by it.
    if (!entry.message) entry.address = address::key(entry.address);
    const auto dedupe = dedupe_key.empty() ? std::string() : dedupe_of(entry.route, dedupe_key);
    append_.run(key_of(entry), tail_of(entry), entry.attempt, entry.part, entry.parts,
                static_cast<std::int64_t>(entry.effect), to_ms(entry.at), to_ms(entry.noted_at), entry.application,
                entry.kind, entry.route, entry.channel, entry.recipient, entry.address, entry.code, entry.detail,
                entry.provider_id, checksum(entry), dedupe);
}

bool Feed::has(std::string_view route, std::string_view dedupe_key) {
    if (dedupe_key.empty()) return false;
    const auto dedupe = dedupe_of(route, dedupe_key);
    auto rows = has_.query(dedupe);
    return rows.next();
}

std::int64_t Feed::prune(Timestamp before, int limit) {
    std::vector<std::int64_t> old;
    std::int64_t newest = 0;
    {
        auto rows = newest_.query();
        if (rows.next()) newest = rows.integer(0);
    }
    {
        auto rows = oldest_.query(limit);
        while (rows.next()) {
            if (rows.integer(1) >= to_ms(before) && newest - rows.integer(0) < most_entries) break;
            old.push_back(rows.integer(0));
        }
    }
    for (const auto number : old)
        drop_one_.run(number);
    return connection_.fault() == 0 ? static_cast<std::int64_t>(old.size()) : 0;
}

void Feed::drop(MessageKey key) { drop_message_.run(key.value); }
void Feed::drop_address(std::string_view address) {
    const auto key = address::key(address);
    drop_address_.run(key);
    if (key != address) drop_address_.run(address);  // of an earlier version
}

}  // namespace chapar::store::sqlite
