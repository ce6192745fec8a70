#include "store/sqlite/tables_settings.hpp"

namespace chapar::store::sqlite {

SqlSettings::SqlSettings(Connection& connection)
    : put_(connection, "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2"),
      drop_(connection, "DELETE FROM setting WHERE name = ?1"),
      has_bundle_(connection, "SELECT 1 FROM revision WHERE name = ?1 AND bundle IS NOT NULL"),
      put_bundle_(connection,
                  "INSERT INTO revision (name, bundle, messages) VALUES (?1, ?2, 0) "
                  "ON CONFLICT (name) DO UPDATE SET bundle = ?2"),
      use_revision_(connection,
                    "INSERT INTO revision (name, bundle, messages, used_until) VALUES (?1, NULL, 0, ?2) "
                    "ON CONFLICT (name) DO UPDATE SET used_until = max(used_until, ?2)"),
      unused_(connection,
              "SELECT name FROM revision WHERE used_until < coalesce((SELECT min(key) FROM message), "
              "9223372036854775807) >> ?1"),
      drop_revision_(connection, "DELETE FROM revision WHERE name = ?1"),
      put_suspect_(connection,
                   "INSERT INTO suspect (key, deaths, is_damaged) VALUES (?1, ?2, ?3) "
                   "ON CONFLICT (key) DO UPDATE SET deaths = ?2, is_damaged = ?3"),
      drop_suspect_(connection, "DELETE FROM suspect WHERE key = ?1") {}

bool SqlSettings::has_bundle(std::string_view revision) {
    auto rows = has_bundle_.query(revision);
    return rows.next();
}

std::vector<std::string> SqlSettings::unused_revisions() {
    std::vector<std::string> out;
    auto rows = unused_.query(MessageId::order_bits);
    while (rows.next())
        out.emplace_back(rows.bytes(0));
    return out;
}

SqlPools::SqlPools(Connection& connection, Live& live)
    : live_(live), insert_(connection, "INSERT INTO pool (id, class, application, campaign) VALUES (?1, ?2, ?3, ?4)") {}

void SqlPools::insert(const Pool& pool) {
    insert_.run(pool.id.value, pool.class_name, pool.application, pool.campaign);
}

}  // namespace chapar::store::sqlite
