#include "store/sqlite/names_step.hpp"

#include <vector>

#include "address/key.hpp"
#include "store/profile.hpp"
#include "store/rows/person_rows.hpp"
#include "store/sqlite/tables_people.hpp"

namespace chapar::store::sqlite {
namespace {

struct Renamed {
    std::string application, old_name, name;
};

/// Of (application, id) in the rows of `literal`, those whose name is another.
std::vector<Renamed> renamed(Connection& connection, const char* literal, std::string_view country) {
    std::vector<Renamed> out;
    Statement select(connection, literal);
    auto rows = select.query();
    while (rows.next()) {
        auto name = address::name_of(rows.bytes(1), country);
        if (name != rows.bytes(1))
            out.push_back({std::string(rows.bytes(0)), std::string(rows.bytes(1)), std::move(name)});
    }
    return out;
}

void rename_profiles(Connection& connection, std::string_view country) {
    const auto all = renamed(connection, "SELECT application, id FROM recipient", country);
    Statement drop_older(connection,
                         "DELETE FROM recipient WHERE application = ?1 AND id IN (?2, ?3) AND updated_at < "
                         "(SELECT max(updated_at) FROM recipient WHERE application = ?1 AND id IN (?2, ?3))");
    Statement rename(connection, "UPDATE OR REPLACE recipient SET id = ?3 WHERE application = ?1 AND id = ?2");
    for (const auto& [application, old_name, name] : all) {
        drop_older.run(application, old_name, name);
        rename.run(application, old_name, name);
    }
}

void note_addresses(Connection& connection) {
    Statement select(connection, "SELECT application, id, profile FROM recipient");
    Statement put(connection, "INSERT OR IGNORE INTO recipient_address (application, address, id) VALUES (?1, ?2, ?3)");
    auto rows = select.query();
    while (rows.next()) {
        const std::string application(rows.bytes(0)), id(rows.bytes(1));
        for (const auto& address : addresses_of(rows.bytes(2)))
            put.run(application, address, id);
    }
}

/// Behind those that the name has already; a damaged one stays where it is.
void move_consents(Connection& connection, const Renamed& one) {
    std::vector<std::pair<std::int64_t, model::Consent>> words;
    std::int64_t last = 0;
    {
        Statement select(connection, "SELECT " CHAPAR_CONSENT_COLUMNS
                                     " FROM consent WHERE application = ?1 AND recipient = ?2 ORDER BY number");
        auto rows = select.query(one.application, one.old_name);
        while (rows.next()) {
            if (auto word = read_consent(rows)) words.emplace_back(rows.integer(2), std::move(*word));
        }
    }
    {
        Statement select(connection,
                         "SELECT coalesce(max(number), 0) FROM consent WHERE application = ?1 AND recipient = ?2");
        auto rows = select.query(one.application, one.name);
        if (rows.next()) last = rows.integer(0);
    }
    Statement put(connection,
                  "INSERT INTO consent (" CHAPAR_CONSENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)");
    Statement drop(connection, "DELETE FROM consent WHERE application = ?1 AND recipient = ?2 AND number = ?3");
    for (auto& [number, word] : words) {
        word.recipient = one.name;
        ++last;
        put.run(word.application, word.recipient, last, word.channel, word.topic, static_cast<std::int64_t>(word.state),
                word.source, word.proof, to_ms(word.at), checksum(word, last));
        drop.run(one.application, one.old_name, number);
    }
}

void move_events(Connection& connection, const Renamed& one) {
    struct Happened {
        std::string event;
        std::int64_t at = 0;
    };
    std::vector<Happened> all;
    {
        Statement select(connection,
                         "SELECT event, max(at) FROM person_event WHERE application = ?1 AND recipient IN (?2, ?3) "
                         "GROUP BY event");
        auto rows = select.query(one.application, one.old_name, one.name);
        while (rows.next())
            all.push_back({std::string(rows.bytes(0)), rows.integer(1)});
    }
    Statement put(connection,
                  "INSERT OR REPLACE INTO person_event (application, recipient, event, at, sum) "
                  "VALUES (?1, ?2, ?3, ?4, ?5)");
    Statement drop(connection, "DELETE FROM person_event WHERE application = ?1 AND recipient = ?2");
    for (const auto& [event, at] : all)
        put.run(one.application, one.name, event, at, event_sum(one.application, one.name, event, at));
    drop.run(one.application, one.old_name);
}

bool is_stronger(const model::Suppression& a, const model::Suppression& b) {
    return b.until && (!a.until || *a.until > *b.until);
}

void move_suppression(Connection& connection, model::Suppression row) {
    const auto reach = static_cast<std::int64_t>(row.reach);
    Statement drop(connection, "DELETE FROM suppression WHERE channel = ?1 AND address = ?2 AND reach = ?3");
    drop.run(row.channel, row.address, reach);
    row.address = address::key(row.address);
    {
        Statement select(connection, "SELECT " CHAPAR_SUPPRESSION_COLUMNS
                                     " FROM suppression WHERE channel = ?1 AND address = ?2 AND reach = ?3");
        auto rows = select.query(row.channel, row.address, reach);
        const auto there = rows.next() ? read_suppression(rows) : std::nullopt;
        if (there && !is_stronger(row, *there)) return;
    }
    const auto until = row.until ? std::optional(to_ms(*row.until)) : std::nullopt;
    Statement put(connection, "INSERT OR REPLACE INTO suppression (" CHAPAR_SUPPRESSION_COLUMNS
                              ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    put.run(row.channel, row.address, reach, row.reason, row.source, to_ms(row.at), until, checksum(row));
}

void rename_suppressions(Connection& connection) {
    std::vector<model::Suppression> all;
    {
        Statement select(connection, "SELECT " CHAPAR_SUPPRESSION_COLUMNS " FROM suppression");
        auto rows = select.query();
        while (rows.next()) {
            auto row = read_suppression(rows);
            if (row && address::key(row->address) != row->address) all.push_back(std::move(*row));
        }
    }
    for (auto& row : all)
        move_suppression(connection, std::move(row));
}

}  // namespace

bool rename_people(Connection& connection, std::string_view country) {
    rename_profiles(connection, country);
    note_addresses(connection);
    for (const auto& one : renamed(connection, "SELECT DISTINCT application, recipient FROM consent", country))
        move_consents(connection, one);
    for (const auto& one : renamed(connection, "SELECT DISTINCT application, recipient FROM person_event", country))
        move_events(connection, one);
    rename_suppressions(connection);
    return connection.fault() == 0;
}

}  // namespace chapar::store::sqlite
