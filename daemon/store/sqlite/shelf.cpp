#include "store/sqlite/shelf.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/profile.hpp"

namespace chapar::store::sqlite {

Shelf::Shelf(Connection& connection)
    : connection_(connection),
      select_profile_(connection, "SELECT profile FROM recipient WHERE application = ?1 AND id = ?2"),
      put_address_(connection,
                   "INSERT OR IGNORE INTO recipient_address (application, address, id) VALUES (?1, ?2, ?3)"),
      drop_address_(connection, "DELETE FROM recipient_address WHERE application = ?1 AND address = ?2 AND id = ?3"),
      insert_recipient_(connection,
                        "INSERT INTO recipient (application, id, profile, updated_at) VALUES (?1, ?2, ?3, ?4) "
                        "ON CONFLICT DO NOTHING"),
      update_recipient_(connection,
                        "UPDATE recipient SET profile = ?3, updated_at = ?4 WHERE application = ?1 AND id = ?2"),
      delete_recipient_(connection, "DELETE FROM recipient WHERE application = ?1 AND id = ?2"),
      find_revision_(connection, "SELECT 1 FROM revision WHERE name = ?1 AND bundle IS NOT NULL"),
      put_revision_(connection,
                    "INSERT INTO revision (name, bundle, messages) VALUES (?1, ?2, 0) "
                    "ON CONFLICT (name) DO UPDATE SET bundle = ?2"),
      put_setting_(connection,
                   "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2"),
      delete_setting_(connection, "DELETE FROM setting WHERE name = ?1") {}

/// In place of those of the profile that is there.
void Shelf::note_addresses(const std::string& application, const std::string& id, std::string_view profile) {
    std::string before;
    {
        auto rows = select_profile_.query(application, id);
        if (rows.next()) before = rows.bytes(0);
    }
    if (before == profile) return;
    for (const auto& address : addresses_of(before))
        drop_address_.run(application, address, id);
    for (const auto& address : addresses_of(profile))
        put_address_.run(application, address, id);
}

bool Shelf::put_recipient(const Recipient& recipient) {
    const auto at = to_ms(recipient.updated_at);
    const auto id = address::key(recipient.id);
    note_addresses(recipient.application, id, recipient.profile);
    insert_recipient_.run(recipient.application, id, recipient.profile, at);
    if (connection_.fault() != 0 || connection_.changes() == 1) return true;
    update_recipient_.run(recipient.application, id, recipient.profile, at);
    return false;
}

bool Shelf::delete_recipient(const std::string& application, const std::string& id) {
    const auto name = address::key(id);
    note_addresses(application, name, {});
    delete_recipient_.run(application, name);
    return connection_.fault() == 0 && connection_.changes() == 1;
}

bool Shelf::put_revision(const std::string& name, const std::string& bundle) {
    {
        auto rows = find_revision_.query(name);
        if (rows.next()) return false;  // a revision is named by its content
    }
    put_revision_.run(name, Blob{bundle});
    return true;
}

void Shelf::put_setting(const std::string& name, const std::optional<std::string>& value) {
    if (value) {
        put_setting_.run(name, *value);
    } else {
        delete_setting_.run(name);
    }
}

Prune::Prune(Connection& connection, Live& live, Holder& holder, Segments& segments, SearchWriter& search, Stage& stage,
             const std::unordered_set<std::string>& live_revisions)
    : connection_(connection),
      live_(live),
      holder_(holder),
      segments_(segments),
      search_(search),
      stage_(stage),
      scan_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key > ?1 AND key < ?2 ORDER BY key"),
      select_message_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      delete_message_(connection, "DELETE FROM message WHERE key = ?1"),
      delete_progress_(connection, "DELETE FROM progress WHERE key = ?1"),
      delete_attempts_(connection, "DELETE FROM attempt WHERE key = ?1"),
      delete_key_(connection, "DELETE FROM idempotency WHERE application = ?1 AND idempotency_key = ?2 AND key = ?3"),
      state_(connection, "SELECT state FROM progress WHERE key = ?1"),
      unused_revisions_(connection,
                        "SELECT name FROM revision WHERE used_until < coalesce((SELECT min(key) FROM message), "
                        "9223372036854775807) >> ?1"),
      any_segment_(connection, "SELECT EXISTS (SELECT 1 FROM segment) OR EXISTS (SELECT 1 FROM last_sent)"),
      delete_revision_(connection, "DELETE FROM revision WHERE name = ?1"),
      live_revisions_(live_revisions) {}

std::int64_t Prune::run(Timestamp before, int limit) {
    const auto keys = candidates(before, limit);
    {
        auto rows = any_segment_.query();
        has_segments_ = rows.next() && rows.integer(0) != 0;
    }
    for (const MessageKey key : keys)
        erase(key);
    search_.prune(limit);
    return static_cast<std::int64_t>(keys.size());
}

std::vector<MessageKey> Prune::candidates(Timestamp before, int limit) {
    std::vector<MessageKey> keys;
    const std::int64_t end = to_ms(before) << MessageId::order_bits;
    int looks = 10 * std::max(limit, 100);
    auto rows = scan_.query(cursor_, end);
    while (static_cast<int>(keys.size()) < limit && looks-- > 0) {
        if (!rows.next()) {
            cursor_ = 0;
            drop_revisions();
            return keys;
        }
        cursor_ = rows.integer(0);
        const auto row = read_progress(rows);
        if (!row) continue;  // its reader will hold it
        const auto state = static_cast<model::State>(row->state);
        if (!model::is_terminal(state) && state != model::State::sent) continue;
        if (is_needed(*row)) continue;
        keys.push_back(MessageKey{row->key});
        if (!row->slots.empty()) holder_.drop(MessageKey{row->key}, decode_holdings(row->slots));
        if (const auto place = place_of(*row)) live_.drop(*place, MessageKey{row->key});
        stage_.delta.add(PoolId{row->pool}, state, -1);
    }
    return keys;
}

bool Prune::is_needed(const ProgressRow& row) {
    if (row.state != static_cast<std::int64_t>(model::State::collected)) return false;
    const auto carrier = decode_holdings(row.slots).carrier;
    auto rows = state_.query(carrier.value_or(MessageKey{}).value);
    if (!rows.next()) return false;
    const auto state = static_cast<model::State>(rows.integer(0));
    return !model::is_terminal(state) && state != model::State::sent;
}

void Prune::erase(MessageKey key) {
    {
        auto rows = select_message_.query(key.value);
        const auto row = rows.next() ? read_message(rows) : std::nullopt;
        if (row) {  // of a damaged one nothing is believed
            delete_key_.run(row->application, row->idempotency_key, key.value);
            if (has_segments_) segments_.drop(key, model::decode_plan(row->plan));
        }
    }
    search_.drop(key);
    delete_message_.run(key.value);
    delete_progress_.run(key.value);
    delete_attempts_.run(key.value);
}

void Prune::drop_revisions() {
    std::vector<std::string> unused;
    {
        auto rows = unused_revisions_.query(MessageId::order_bits);
        while (rows.next())
            unused.emplace_back(rows.bytes(0));
    }
    for (const auto& name : unused) {
        if (!live_revisions_.contains(name)) delete_revision_.run(name);
    }
}

}  // namespace chapar::store::sqlite
