#include "store/sqlite/reader.hpp"

#include <algorithm>
#include <limits>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/rows/erased_address.hpp"
#include "store/sqlite/read_rows.hpp"
#include "store/sqlite/tables_links.hpp"
#include "store/sqlite/tables_reports.hpp"

namespace chapar::store::sqlite {

Reader::Reader(std::unique_ptr<Connection> connection)
    : connection_(std::move(connection)),
      begin_(*connection_, "BEGIN"),
      end_(*connection_, "COMMIT"),
      message_(*connection_, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      progress_(*connection_, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      attempts_(*connection_, "SELECT " CHAPAR_ATTEMPT_COLUMNS " FROM attempt WHERE key = ?1 ORDER BY number"),
      due_(*connection_,
           "SELECT key, due FROM live WHERE pool = ?1 AND due >= 0 AND due <= ?2 AND due < 9223372036854775807 "
           "ORDER BY due, key"),
      sending_(*connection_, "SELECT key FROM live WHERE pool = ?1 AND due = -1 ORDER BY key"),
      list_(*connection_,
            "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key < ?1 AND key >= ?2 ORDER BY key DESC"),
      narrow_(*connection_, "SELECT recipient, tags, application, class, campaign, plan FROM message WHERE key = ?1"),
      overdue_(*connection_,
               "SELECT pool, due, key, state, expires FROM live WHERE (pool, due, key) > (?1, ?2, ?3) "
               "ORDER BY pool, due, key"),
      next_due_(*connection_,
                "SELECT due FROM live WHERE pool = ?1 AND due >= 0 AND due < 9223372036854775807 ORDER BY due LIMIT 1"),
      recipient_(*connection_, "SELECT profile, updated_at FROM recipient WHERE application = ?1 AND id = ?2"),
      known_key_(*connection_,
                 "SELECT i.key, m.tail, i.request_hash FROM idempotency AS i JOIN message AS m ON m.key = i.key "
                 "WHERE i.application = ?1 AND i.idempotency_key = ?2"),
      revision_(*connection_, "SELECT bundle FROM revision WHERE name = ?1 AND bundle IS NOT NULL"),
      settings_(*connection_, "SELECT name, value FROM setting WHERE name <> ?1 ORDER BY name"),
      suspects_(*connection_,
                "SELECT s.key, s.deaths FROM suspect AS s JOIN progress AS p ON p.key = s.key "
                "WHERE s.deaths > 0 AND p.state IN (0, 1)"),
      held_damaged_(*connection_, "SELECT key FROM suspect WHERE is_damaged AND key > ?1 ORDER BY key LIMIT ?2"),
      consents_(*connection_, "SELECT " CHAPAR_CONSENT_COLUMNS
                              " FROM consent WHERE application = ?1 AND recipient = ?2 ORDER BY number"),
      events_(*connection_,
              "SELECT event, at, sum FROM person_event WHERE application = ?1 AND recipient = ?2 ORDER BY event"),
      suppressions_(*connection_, "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                                  " FROM suppression WHERE (channel, address) > (?1, ?2) "
                                  "ORDER BY channel, address, reach"),
      collected_(*connection_, "SELECT key, sum FROM collected WHERE leader = ?1 ORDER BY key"),
      follow_ups_(
          *connection_,
          "SELECT key, due FROM live WHERE pool = -1 AND due > 0 AND due <= ?1 AND expires > ?1 ORDER BY due, key"),
      search_last_(*connection_, "SELECT coalesce(max(last), 0) FROM search_run"),
      search_runs_(*connection_, "SELECT run, first, last FROM search_run WHERE first < ?1 ORDER BY first DESC"),
      search_chunks_(*connection_,
                     "SELECT term, key, entries, sum FROM search_chunk WHERE run = ?1 AND (term, key) < (?2, ?3) "
                     "ORDER BY term DESC, key DESC"),
      search_late_(*connection_,
                   "SELECT key FROM search_late WHERE term = ?1 AND key >= ?2 AND key <= ?3 AND key < ?4 "
                   "ORDER BY key DESC LIMIT ?5"),
      tried_by_(*connection_, "SELECT 1 FROM attempt WHERE key = ?1 AND route = ?2 LIMIT 1"),
      provider_id_(*connection_, "SELECT " CHAPAR_SEGMENT_COLUMNS " FROM segment WHERE route = ?1 AND id = ?2"),
      feed_(*connection_,
            "SELECT number, " CHAPAR_FEED_COLUMNS " FROM feed WHERE number > ?1 ORDER BY number LIMIT ?2"),
      change_(*connection_,
              "SELECT number, " CHAPAR_TURN_COLUMNS " FROM turn WHERE number > ?1 ORDER BY number LIMIT ?2"),
      feed_next_(*connection_,
                 "SELECT coalesce(min(coalesce((SELECT min(number) FROM feed), (SELECT min(number) FROM turn)), "
                 "coalesce((SELECT min(number) FROM turn), (SELECT min(number) FROM feed))), "
                 "(SELECT seq + 1 FROM sqlite_sequence WHERE name = 'feed'), 1)"),
      feed_newest_(*connection_,
                   "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0), "
                   "coalesce((SELECT max(number) FROM turn), 0))"),
      feed_mark_(*connection_,
                 "SELECT coalesce((SELECT sum FROM turn WHERE number = ?1), (SELECT sum FROM feed WHERE number = ?1))"),
      feed_owner_(*connection_, "SELECT application, class, campaign, tags FROM message WHERE key = ?1"),
      feed_of_(*connection_, "SELECT number, " CHAPAR_FEED_COLUMNS " FROM feed WHERE key = ?1 ORDER BY number"),
      feed_from_(*connection_,
                 "SELECT number, " CHAPAR_FEED_COLUMNS " FROM feed WHERE key IS NULL AND address = ?1 ORDER BY number"),
      categories_(*connection_, "SELECT DISTINCT category FROM kind WHERE category <> ''"),
      engagement_(*connection_, "SELECT hits, sum FROM engagement WHERE key = ?1"),
      engagements_(*connection_, "SELECT hits, sum, key FROM engagement WHERE key > ?1 ORDER BY key LIMIT ?2"),
      hit_totals_(*connection_, "SELECT day, kind, why, count FROM hit_total WHERE day >= ?1 ORDER BY day"),
      short_link_(*connection_, "SELECT " CHAPAR_LINK_COLUMNS " FROM short_link WHERE code = ?1"),
      short_links_of_(*connection_,
                      "SELECT " CHAPAR_LINK_COLUMNS " FROM short_link WHERE key = ?1 ORDER BY link, code"),
      policy_(*connection_),
      webhooks_(*connection_) {}

std::unexpected<Error> Reader::broken(Damage& damage) {
    damage.unreadable = meaning(connection_->fault()) == Code::corrupt;
    return std::unexpected(connection_->error());
}

Reader::Found Reader::message(MessageKey key, model::Message& out, std::string* idempotency_key) {
    auto rows = message_.query(key.value);
    if (!rows.next()) return connection_->forgive_corruption() ? Found::damaged : Found::missing;
    const auto row = read_message(rows);
    if (!row || row->key != key.value) return Found::damaged;
    out = to_message(*row);
    if (idempotency_key) *idempotency_key = row->idempotency_key;
    return Found::sound;
}

Reader::Found Reader::progress(MessageKey key, model::Progress& out, PoolId& pool, model::LeaseOwner* owner) {
    auto rows = progress_.query(key.value);
    if (!rows.next()) return connection_->forgive_corruption() ? Found::damaged : Found::missing;
    const auto row = read_progress(rows);
    if (!row) return Found::damaged;
    out = to_progress(*row);
    pool = PoolId{row->pool};
    if (owner != nullptr) *owner = model::owner_of(row->owner);
    return Found::sound;
}

void Reader::attempts(MessageKey key, std::vector<model::Attempt>& out) {
    auto rows = attempts_.query(key.value);
    while (rows.next()) {
        if (const auto row = read_attempt(rows)) {
            out.push_back(to_attempt(*row));
        } else {
            log::error("store.row_damaged", "an attempt of message key {} is damaged; it is not shown",
                       log::Field("key", key.value));
        }
    }
}

Result<Record> Reader::find(MessageId id) {
    const Snapshot snapshot(*this);
    Record record;
    PoolId pool;
    const auto state = progress(id.key(), record.progress, pool);
    const auto text = message(id.key(), record.message, &record.idempotency_key);
    attempts(id.key(), record.attempts);
    for (auto& attempt : record.attempts)
        receipts(id.key(), attempt);
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    if (state == Found::missing && text == Found::missing) return fail(Code::not_found, "no such message");
    if (state != Found::sound || text != Found::sound)
        return fail(Code::corrupt, "the stored message is damaged; it is not sent");
    if (record.message.id != id) return fail(Code::not_found, "no such message");
    return record;
}

Result<std::vector<Queued>> Reader::due(PoolId pool, Timestamp until, int limit, std::span<const MessageKey> known,
                                        Damage& damage) {
    const Snapshot snapshot(*this);
    std::vector<Queued> out;
    std::size_t bytes = 0;
    auto rows = due_.query(pool.value, to_ms(until));
    while (static_cast<int>(out.size()) < limit && bytes < page_bytes && rows.next()) {
        const MessageKey key{rows.integer(0)};
        if (std::binary_search(known.begin(), known.end(), key)) continue;
        Queued queued;
        PoolId stored;
        const auto state = progress(key, queued.progress, stored);
        if (connection_->fault() != 0) break;
        // A sound row that does not belong here: the list and the rows disagree.
        if (state != Found::sound || queued.progress.state != model::State::waiting || stored != pool ||
            queued.progress.due > until) {
            damage.entries.push_back({{pool.value, rows.integer(1)}, key});
            continue;
        }
        if (message(key, queued.message) == Found::sound) {
            bytes += queued.message.body.size();
            out.push_back(std::move(queued));
        } else if (connection_->fault() == 0) {
            damage.messages.push_back(key);
        }
    }
    if (connection_->fault() != 0) return broken(damage);
    return out;
}

struct Reader::OrphanWalk {
    model::LeaseOwner living;
    int limit = 0;
    Damage& damage;
    std::vector<Orphan> out{};
    std::size_t bytes = 0;
    bool is_full() const { return static_cast<int>(out.size()) >= limit || bytes >= page_bytes; }
};

Result<std::vector<Orphan>> Reader::orphans(const std::vector<PoolId>& pools, model::LeaseOwner living, int limit,
                                            Damage& damage) {
    const Snapshot snapshot(*this);
    OrphanWalk walk{living, limit, damage};
    for (const PoolId pool : pools) {
        if (!orphans_of(pool, walk)) break;
    }
    if (connection_->fault() != 0) return broken(damage);
    return std::move(walk.out);
}

bool Reader::orphans_of(PoolId pool, OrphanWalk& walk) {
    auto rows = sending_.query(pool.value);
    while (!walk.is_full() && rows.next()) {
        const MessageKey key{rows.integer(0)};
        Orphan item;
        PoolId stored;
        const auto state = progress(key, item.queued.progress, stored, &item.owner);
        if (connection_->fault() != 0) break;
        if (state != Found::sound || item.queued.progress.state != model::State::sending || stored != pool) {
            walk.damage.entries.push_back({{pool.value, sending_due}, key});
            continue;
        }
        if (item.owner == walk.living) continue;
        std::vector<model::Attempt> all;
        attempts(key, all);
        const bool sound = message(key, item.queued.message) == Found::sound;
        if (connection_->fault() != 0) break;
        if (!sound || all.empty() || all.back().number != item.queued.progress.attempts || all.back().finished_at) {
            walk.damage.messages.push_back(key);
            continue;
        }
        item.attempt = std::move(all.back());
        walk.bytes += item.queued.message.body.size();
        walk.out.push_back(std::move(item));
    }
    return connection_->fault() == 0 && !walk.is_full();
}

LiveEntry LiveCursor::start() {
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    return {{lowest, lowest}, MessageKey{lowest}};
}

Result<std::vector<MessageKey>> Reader::overdue(Timestamp now, int limit, LiveCursor& cursor) {
    constexpr int rows_looked_at = 1'000'000;
    const Snapshot snapshot(*this);
    std::vector<MessageKey> out;
    LiveEntry& last = cursor.last;
    auto rows = overdue_.query(last.place.pool, last.place.due, last.key.value);
    bool is_over = true;
    for (int looked = 0; rows.next(); ++looked) {
        const LiveEntry entry{{rows.integer(0), rows.integer(1)}, MessageKey{rows.integer(2)}};
        const auto state = rows.integer(3);
        const bool can_expire = entry.place.pool >= 0 && state != static_cast<std::int64_t>(model::State::sending);
        last = entry;
        if (can_expire && rows.integer(4) <= to_ms(now)) out.push_back(entry.key);
        if (static_cast<int>(out.size()) >= limit || looked >= rows_looked_at) {
            is_over = false;
            break;
        }
    }
    if (is_over) last = LiveCursor::start();
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<bool> Reader::fill_next_due(engine::Counters::Waiting& waiting) {
    const Snapshot snapshot(*this);
    for (const auto& unknown : waiting.unknown) {
        PoolDepth& depth = waiting.pools[unknown.place];
        auto rows = next_due_.query(depth.pool.id.value);
        if (rows.next()) depth.next_due = from_ms(rows.integer(0));
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return true;
}

Result<std::optional<KnownKey>> Reader::known_key(std::string_view application, std::string_view key) {
    const Snapshot snapshot(*this);
    std::optional<KnownKey> out;
    auto rows = known_key_.query(application, key);
    if (rows.next()) {
        out = KnownKey{MessageId(MessageKey{rows.integer(0)}, static_cast<std::uint64_t>(rows.integer(1))),
                       static_cast<std::uint64_t>(rows.integer(2))};
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::optional<Recipient>> Reader::recipient(std::string_view application, std::string_view id) {
    const Snapshot snapshot(*this);
    std::optional<Recipient> out;
    const auto name = address::key(id);
    auto rows = recipient_.query(application, name);
    if (rows.next())
        out = Recipient{std::string(application), name, std::string(rows.bytes(0)), from_ms(rows.integer(1))};
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<std::string>> Reader::categories() {
    const Snapshot snapshot(*this);
    std::vector<std::string> out;
    auto rows = categories_.query();
    while (rows.next())
        out.emplace_back(rows.bytes(0));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::optional<std::string>> Reader::revision(std::string_view name) {
    const Snapshot snapshot(*this);
    std::optional<std::string> out;
    auto rows = revision_.query(name);
    if (rows.next()) out = std::string(rows.bytes(0));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::optional<model::FoundLink>> Reader::find_short(std::string_view code) {
    const Snapshot snapshot(*this);
    std::optional<model::FoundLink> out;
    auto rows = short_link_.query(code);
    if (rows.next())
        if (const auto row = read_link(rows)) out = found_link(*row);
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<model::ShortLink>> Reader::short_links_of(MessageKey message) {
    const Snapshot snapshot(*this);
    std::vector<model::ShortLink> out;
    auto rows = short_links_of_.query(message.value);
    while (rows.next())
        if (auto row = read_link(rows)) out.push_back(std::move(row->link));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<std::pair<std::string, std::string>>> Reader::settings() {
    const Snapshot snapshot(*this);
    std::vector<std::pair<std::string, std::string>> out;
    auto rows = settings_.query(salt_setting);
    while (rows.next())
        out.emplace_back(rows.bytes(0), rows.bytes(1));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<std::pair<MessageKey, int>>> Reader::suspects() {
    const Snapshot snapshot(*this);
    std::vector<std::pair<MessageKey, int>> out;
    auto rows = suspects_.query();
    while (rows.next())
        out.emplace_back(MessageKey{rows.integer(0)}, static_cast<int>(rows.integer(1)));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<MessageKey>> Reader::held_damaged(MessageKey after, int limit) {
    const Snapshot snapshot(*this);
    std::vector<MessageKey> out;
    auto rows = held_damaged_.query(after.value, limit);
    while (rows.next())
        out.push_back(MessageKey{rows.integer(0)});
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

/// What is being sent has an attempt that can be read.
bool Reader::has_attempt(MessageKey key) {
    model::Progress now;
    PoolId pool;
    if (progress(key, now, pool) != Found::sound || now.state != model::State::sending) return true;
    std::vector<model::Attempt> all;
    attempts(key, all);
    return !all.empty() && all.back().number == now.attempts && !all.back().finished_at;
}

Result<std::vector<MessageKey>> Reader::whole(const std::vector<MessageKey>& keys) {
    const Snapshot snapshot(*this);
    std::vector<MessageKey> out;
    for (const MessageKey key : keys) {
        model::Message ignored;
        if (message(key, ignored) == Found::sound && has_attempt(key)) out.push_back(key);
        if (connection_->fault() != 0) return std::unexpected(connection_->error());
    }
    return out;
}

}  // namespace chapar::store::sqlite
