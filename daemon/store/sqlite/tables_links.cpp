#include "store/sqlite/tables_links.hpp"

#include "base/log.hpp"

namespace chapar::store::sqlite {

std::optional<LinkRow> read_link(const Rows& rows) {
    LinkRow out;
    out.link.code = rows.bytes(0);
    out.link.link = static_cast<std::uint16_t>(rows.integer(1));
    out.link.destination = rows.bytes(2);
    out.message = MessageKey{rows.integer(3)};
    out.owner = rows.integer(4);
    out.expires = from_ms(rows.integer(5));
    out.is_tracked = rows.integer(6) != 0;
    if (checksum(out) == rows.integer(7)) return out;
    log::error("store.row_damaged", "what a short link leads to is damaged; it leads nowhere");
    return std::nullopt;
}

SqlLinks::SqlLinks(Connection& connection)
    : connection_(connection),
      has_(connection, "SELECT 1 FROM short_link WHERE code = ?1"),
      of_(connection, "SELECT " CHAPAR_LINK_COLUMNS " FROM short_link WHERE key = ?1 ORDER BY link, code"),
      put_(connection,
           "INSERT OR REPLACE INTO short_link (" CHAPAR_LINK_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      drop_(connection, "DELETE FROM short_link WHERE key = ?1"),
      drop_owner_(connection, "DELETE FROM short_link WHERE owner = ?1"),
      prune_(connection,
             "DELETE FROM short_link WHERE code IN (SELECT code FROM short_link WHERE expires < ?1 "
             "ORDER BY expires LIMIT ?2)") {}

bool SqlLinks::has(std::string_view code) {
    auto rows = has_.query(code);
    return rows.next();
}

std::vector<model::ShortLink> SqlLinks::of(MessageKey key) {
    std::vector<model::ShortLink> out;
    auto rows = of_.query(key.value);
    while (rows.next())
        if (auto row = read_link(rows)) out.push_back(std::move(row->link));
    return out;
}

void SqlLinks::put(const LinkRow& row) {
    put_.run(row.link.code, std::int64_t{row.link.link}, row.link.destination, row.message.value, row.owner,
             to_ms(row.expires), row.is_tracked ? 1 : 0, checksum(row));
}

std::int64_t SqlLinks::prune(Timestamp now, int limit) {
    return prune_.run(to_ms(now), limit) ? connection_.changes() : 0;
}

}  // namespace chapar::store::sqlite
