#include "store/sqlite/tables_people.hpp"

#include <sqlite3.h>

#include "base/log.hpp"
#include "store/profile.hpp"
#include "store/rows/erased_address.hpp"
#include "store/rows/person_rows.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store::sqlite {

#define CHAPAR_SOFT_COLUMNS "channel, address, count, first, last, times, rests_until, taken, taken_at, sum"

std::optional<model::Consent> read_consent(const Rows& rows) {
    model::Consent out;
    out.application = rows.bytes(0);
    out.recipient = rows.bytes(1);
    out.channel = rows.bytes(3);
    out.topic = rows.bytes(4);
    out.state = static_cast<model::ConsentState>(rows.integer(5));
    out.source = rows.bytes(6);
    out.proof = rows.bytes(7);
    out.at = from_ms(rows.integer(8));
    if (checksum(out, rows.integer(2)) != rows.integer(9)) return std::nullopt;
    return out;
}

std::optional<model::Suppression> read_suppression(const Rows& rows) {
    model::Suppression out;
    out.channel = rows.bytes(0);
    out.address = rows.bytes(1);
    out.reach = static_cast<model::SuppressionReach>(rows.integer(2));
    out.reason = rows.bytes(3);
    out.source = rows.bytes(4);
    out.at = from_ms(rows.integer(5));
    if (!rows.is_null(6)) out.until = from_ms(rows.integer(6));
    if (checksum(out) != rows.integer(7)) return std::nullopt;
    return out;
}

namespace {

template <class T>
Stored<T> stored(std::optional<T> value) {
    if (!value) return {Stored<T>::Is::damaged, {}};
    return {Stored<T>::Is::sound, std::move(*value)};
}

}  // namespace

SqlPeople::SqlPeople(Connection& connection)
    : connection_(connection),
      profile_(connection, "SELECT profile FROM recipient WHERE application = ?1 AND id = ?2"),
      put_address_(connection,
                   "INSERT OR IGNORE INTO recipient_address (application, address, id) VALUES (?1, ?2, ?3)"),
      drop_address_(connection, "DELETE FROM recipient_address WHERE application = ?1 AND address = ?2 AND id = ?3"),
      owners_(connection, "SELECT id FROM recipient_address WHERE application = ?1 AND address = ?2"),
      insert_profile_(connection,
                      "INSERT INTO recipient (application, id, profile, updated_at) VALUES (?1, ?2, ?3, ?4) "
                      "ON CONFLICT DO NOTHING"),
      update_profile_(connection,
                      "UPDATE recipient SET profile = ?3, updated_at = ?4 WHERE application = ?1 AND id = ?2"),
      drop_profile_(connection, "DELETE FROM recipient WHERE application = ?1 AND id = ?2"),
      words_(connection, "SELECT " CHAPAR_CONSENT_COLUMNS
                         " FROM consent WHERE application = ?1 AND recipient = ?2 ORDER BY number"),
      put_word_(connection,
                "INSERT INTO consent (" CHAPAR_CONSENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      drop_words_(connection, "DELETE FROM consent WHERE application = ?1 AND recipient = ?2"),
      event_(connection, "SELECT at, sum FROM person_event WHERE application = ?1 AND recipient = ?2 AND event = ?3"),
      put_event_(connection,
                 "INSERT OR REPLACE INTO person_event (application, recipient, event, at, sum) "
                 "VALUES (?1, ?2, ?3, ?4, ?5)"),
      drop_events_(connection, "DELETE FROM person_event WHERE application = ?1 AND recipient = ?2"),
      // Two look-ups in one: a list after IN would be made a table of its own, each time.
      suppressions_(connection, "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                                " FROM suppression WHERE channel = '*' AND address = ?2 UNION ALL "
                                "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                                " FROM suppression WHERE channel = ?1 AND channel <> '*' AND address = ?2"),
      suppression_(connection, "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                               " FROM suppression WHERE channel = ?1 AND address = ?2 AND reach = ?3"),
      put_suppression_(connection, "INSERT OR REPLACE INTO suppression (" CHAPAR_SUPPRESSION_COLUMNS
                                   ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      drop_suppressions_(connection, "DELETE FROM suppression WHERE channel = ?1 AND address = ?2"),
      salt_select_(connection, "SELECT value FROM setting WHERE name = ?1"),
      put_salt_(connection, "INSERT INTO setting (name, value) VALUES (?1, ?2)"),
      soft_(connection, "SELECT " CHAPAR_SOFT_COLUMNS " FROM soft_bounce WHERE channel = ?1 AND address = ?2"),
      put_soft_(connection, "INSERT OR REPLACE INTO soft_bounce (" CHAPAR_SOFT_COLUMNS
                            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      drop_soft_(connection, "DELETE FROM soft_bounce WHERE address = ?1"),
      any_soft_(connection, "SELECT 1 FROM soft_bounce LIMIT 1"),
      prune_soft_(connection, "DELETE FROM soft_bounce WHERE last < ?1") {}

std::optional<std::string> SqlPeople::profile(std::string_view application, std::string_view id) {
    auto rows = profile_.query(application, id);
    if (!rows.next()) return std::nullopt;
    return std::string(rows.bytes(0));
}

void SqlPeople::note_addresses(std::string_view application, std::string_view id, std::string_view before,
                               std::string_view after) {
    if (before == after) return;
    for (const auto& address : addresses_of(before))
        drop_address_.run(application, address, id);
    for (const auto& address : addresses_of(after))
        put_address_.run(application, address, id);
}

bool SqlPeople::put_profile(const Recipient& recipient, std::string_view before) {
    const auto at = to_ms(recipient.updated_at);
    note_addresses(recipient.application, recipient.id, before, recipient.profile);
    insert_profile_.run(recipient.application, recipient.id, recipient.profile, at);
    if (connection_.fault() != 0 || connection_.changes() == 1) return true;
    update_profile_.run(recipient.application, recipient.id, recipient.profile, at);
    return false;
}

bool SqlPeople::drop_profile(std::string_view application, std::string_view id, std::string_view before) {
    note_addresses(application, id, before, {});
    drop_profile_.run(application, id);
    return changes() == 1;
}

std::vector<std::string> SqlPeople::owners(std::string_view application, std::string_view address) {
    std::vector<std::string> out;
    auto rows = owners_.query(application, address);
    while (rows.next())
        out.emplace_back(rows.bytes(0));
    return out;
}

void SqlPeople::words(std::string_view application, std::string_view recipient, const VisitWord& visit) {
    auto rows = words_.query(application, recipient);
    while (rows.next())
        visit(rows.integer(2), stored(read_consent(rows)));
}

void SqlPeople::put_word(const model::Consent& consent, std::int64_t number) {
    put_word_.run(consent.application, consent.recipient, number, consent.channel, consent.topic,
                  static_cast<std::int64_t>(consent.state), consent.source, consent.proof, to_ms(consent.at),
                  checksum(consent, number));
}

std::int64_t SqlPeople::changes() const { return connection_.fault() == 0 ? connection_.changes() : 0; }

std::int64_t SqlPeople::drop_words(std::string_view application, std::string_view recipient) {
    drop_words_.run(application, recipient);
    return changes();
}

Stored<Timestamp> SqlPeople::event(std::string_view application, std::string_view recipient, std::string_view event) {
    Stored<Timestamp> out;
    auto rows = event_.query(application, recipient, event);
    if (!rows.next()) return out;
    const bool is_sound = event_sum(application, recipient, event, rows.integer(0)) == rows.integer(1);
    out.is = is_sound ? Stored<Timestamp>::Is::sound : Stored<Timestamp>::Is::damaged;
    out.value = from_ms(rows.integer(0));
    return out;
}

void SqlPeople::put_event(std::string_view application, std::string_view recipient, std::string_view event,
                          Timestamp at) {
    const auto ms = to_ms(at);
    put_event_.run(application, recipient, event, ms, event_sum(application, recipient, event, ms));
}

std::int64_t SqlPeople::drop_events(std::string_view application, std::string_view recipient) {
    drop_events_.run(application, recipient);
    return changes();
}

void SqlPeople::suppressions(std::string_view channel, std::string_view address, const VisitSuppression& visit) {
    auto rows = suppressions_.query(channel, address);
    while (rows.next())
        visit(stored(read_suppression(rows)));
}

Stored<model::Suppression> SqlPeople::suppression(std::string_view channel, std::string_view address,
                                                  model::SuppressionReach reach) {
    auto rows = suppression_.query(channel, address, static_cast<std::int64_t>(reach));
    if (!rows.next()) return {};
    return stored(read_suppression(rows));
}

void SqlPeople::put_suppression(const model::Suppression& row) {
    const auto until = row.until ? std::optional(to_ms(*row.until)) : std::nullopt;
    put_suppression_.run(row.channel, row.address, static_cast<std::int64_t>(row.reach), row.reason, row.source,
                         to_ms(row.at), until, checksum(row));
}

std::int64_t SqlPeople::drop_suppressions(std::string_view channel, std::string_view address) {
    drop_suppressions_.run(channel, address);
    return changes();
}

std::optional<SoftBounces> SqlPeople::soft_bounces(std::string_view channel, std::string_view address) {
    auto rows = soft_.query(channel, address);
    if (!rows.next()) return std::nullopt;
    SoftBounces out;
    out.channel = rows.bytes(0);
    out.address = rows.bytes(1);
    out.count = static_cast<int>(rows.integer(2));
    out.first = from_ms(rows.integer(3));
    out.last = from_ms(rows.integer(4));
    out.times = static_cast<int>(rows.integer(5));
    out.rests_until = from_ms(rows.integer(6));
    out.taken = MessageKey{rows.integer(7)};
    out.taken_at = from_ms(rows.integer(8));
    if (checksum(out) == rows.integer(9)) return out;
    log::error("store.row_damaged",
               "what is known of mails that did not arrive at an address is damaged; it begins anew");
    return std::nullopt;
}

void SqlPeople::put_soft_bounces(const SoftBounces& row) {
    put_soft_.run(row.channel, row.address, row.count, to_ms(row.first), to_ms(row.last), row.times,
                  to_ms(row.rests_until), row.taken.value, to_ms(row.taken_at), checksum(row));
}

bool SqlPeople::has_no_soft_bounces() {
    auto rows = any_soft_.query();
    return !rows.next();
}

const std::string& SqlPeople::salt() {
    if (salt_) return *salt_;
    auto rows = salt_select_.query(salt_setting);
    salt_.emplace(rows.next() ? rows.bytes(0) : std::string_view());
    return *salt_;
}

const std::string& SqlPeople::need_salt() {
    if (!salt().empty()) return *salt_;
    auto made = make_salt();
    if (!made) connection_.set_fault(SQLITE_INTERNAL);
    salt_ = std::move(made).value_or(std::string());
    put_salt_.run(salt_setting, *salt_);
    return *salt_;
}

// ---- who waits with whom ------------------------------------------------------------------------------------------

SqlRelations::SqlRelations(Connection& connection)
    : join_(connection, "INSERT OR REPLACE INTO group_member (scope, rank, key, sum) VALUES (?1, ?2, ?3, ?4)"),
      leave_(connection, "DELETE FROM group_member WHERE scope = ?1 AND rank = ?2 AND key = ?3"),
      members_(connection,
               "SELECT g.rank, g.key, g.sum FROM group_member AS g JOIN progress AS p ON p.key = g.key AND p.state = 0 "
               "WHERE g.scope = ?1 ORDER BY g.rank DESC, g.key"),
      find_collapse_(connection, "SELECT key, sum FROM collapse WHERE scope = ?1"),
      put_collapse_(connection, "INSERT OR REPLACE INTO collapse (scope, key, sum) VALUES (?1, ?2, ?3)"),
      drop_collapse_(connection, "DELETE FROM collapse WHERE scope = ?1 AND key = ?2"),
      carry_(connection, "INSERT OR REPLACE INTO collected (leader, key, sum) VALUES (?1, ?2, ?3)"),
      put_down_(connection, "DELETE FROM collected WHERE leader = ?1 AND key = ?2"),
      put_all_down_(connection, "DELETE FROM collected WHERE leader = ?1"),
      carried_(connection, "SELECT key, sum FROM collected WHERE leader = ?1 ORDER BY key") {}

void SqlRelations::join(MessageKey key, const SlotHoldings::GroupPlace& place) {
    join_.run(place.scope, place.rank, key.value, sum_of(place.scope, place.rank, key.value));
}

void SqlRelations::leave(MessageKey key, const SlotHoldings::GroupPlace& place) {
    leave_.run(place.scope, place.rank, key.value);
}

std::vector<model::Member> SqlRelations::members(model::Scope scope) {
    std::vector<model::Member> out;
    auto rows = members_.query(scope);
    while (rows.next()) {
        const model::Member member{scope, MessageKey{rows.integer(1)}, rows.integer(0)};
        if (sum_of(scope, member.rank, member.key.value) == rows.integer(2)) {
            out.push_back(member);
        } else {
            log::error("store.row_damaged", "message key {} has a damaged place in a group; it goes by itself",
                       log::Field("key", member.key.value));
        }
    }
    return out;
}

/// A damaged row names nobody: it is as if there had been no earlier message.
std::optional<MessageKey> SqlRelations::holder(model::Scope scope) {
    auto rows = find_collapse_.query(scope);
    if (!rows.next() || sum_of(scope, rows.integer(0)) != rows.integer(1)) return std::nullopt;
    return MessageKey{rows.integer(0)};
}

void SqlRelations::hold(model::Scope scope, MessageKey key) {
    put_collapse_.run(scope, key.value, sum_of(scope, key.value));
}

void SqlRelations::carry(MessageKey leader, MessageKey key) {
    carry_.run(leader.value, key.value, sum_of(leader.value, key.value));
}

std::optional<std::vector<MessageKey>> SqlRelations::carried(MessageKey leader) {
    std::vector<MessageKey> out;
    auto rows = carried_.query(leader.value);
    while (rows.next()) {
        if (sum_of(leader.value, rows.integer(0)) != rows.integer(1)) return std::nullopt;
        out.push_back(MessageKey{rows.integer(0)});
    }
    return out;
}

// ---- who is being forgotten ---------------------------------------------------------------------------------------

SqlErasures::SqlErasures(Connection& connection)
    : people_(connection, "SELECT application, recipient FROM erasure"),
      put_(connection, "INSERT OR IGNORE INTO erasure (application, recipient) VALUES (?1, ?2)"),
      drop_(connection, "DELETE FROM erasure WHERE application = ?1 AND recipient = ?2"),
      waits_(connection, "SELECT key FROM erasure_waits"),
      put_wait_(connection, "INSERT OR IGNORE INTO erasure_waits (key) VALUES (?1)"),
      drop_wait_(connection, "DELETE FROM erasure_waits WHERE key = ?1") {}

std::vector<std::pair<std::string, std::string>> SqlErasures::people() {
    std::vector<std::pair<std::string, std::string>> out;
    auto rows = people_.query();
    while (rows.next())
        out.emplace_back(rows.bytes(0), rows.bytes(1));
    return out;
}

std::vector<MessageKey> SqlErasures::waits() {
    std::vector<MessageKey> out;
    auto rows = waits_.query();
    while (rows.next())
        out.push_back(MessageKey{rows.integer(0)});
    return out;
}

}  // namespace chapar::store::sqlite
