#include "store/sqlite/tables_hits.hpp"

#include "store/rows/engagement_row.hpp"

namespace chapar::store::sqlite {

std::optional<Engagement> read_engagement(const Rows& rows, MessageKey message) {
    const auto bytes = rows.bytes(0);
    if (engagement_sum(message, bytes) != rows.integer(1)) return std::nullopt;
    return decode_engagement(message, bytes);
}

SqlEngagements::SqlEngagements(Connection& connection)
    : load_(connection, "SELECT hits, sum FROM engagement WHERE key = ?1"),
      put_(connection, "INSERT OR REPLACE INTO engagement (key, hits, sum) VALUES (?1, ?2, ?3)"),
      drop_(connection, "DELETE FROM engagement WHERE key = ?1"),
      keys_(connection, "SELECT key FROM engagement WHERE key > ?1 ORDER BY key LIMIT ?2"),
      add_(connection,
           "INSERT INTO hit_total (day, kind, why, count) VALUES (?1, ?2, ?3, ?4) "
           "ON CONFLICT (day, kind, why) DO UPDATE SET count = count + excluded.count") {}

Stored<Engagement> SqlEngagements::load(MessageKey message) {
    auto rows = load_.query(message.value);
    if (!rows.next()) return {};
    auto row = read_engagement(rows, message);
    if (!row) return {Stored<Engagement>::Is::damaged, {}};
    return {Stored<Engagement>::Is::sound, std::move(*row)};
}

void SqlEngagements::put(const Engagement& engagement) {
    const auto bytes = encode(engagement);
    put_.run(engagement.message.value, Blob{bytes}, engagement_sum(engagement.message, bytes));
}

std::vector<MessageKey> SqlEngagements::keys(MessageKey after, int limit) {
    std::vector<MessageKey> out;
    auto rows = keys_.query(after.value, limit);
    while (rows.next())
        out.push_back(MessageKey{rows.integer(0)});
    return out;
}

void SqlEngagements::add_totals(std::int64_t day, const HitTotals& totals) {
    for (std::size_t kind = 0; kind < totals.size(); ++kind)
        for (std::size_t why = 0; why < totals[kind].size(); ++why)
            if (totals[kind][why] != 0)
                add_.run(day, static_cast<std::int64_t>(kind), static_cast<std::int64_t>(why), totals[kind][why]);
}

}  // namespace chapar::store::sqlite
