#include "store/sqlite/tables_tallies.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/rows/conversion_rows.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store::sqlite {

std::int64_t series_sum(SeriesId id, const Series& series, std::int64_t first, std::int64_t last) {
    const auto steps = encode_steps(series.steps);
    return sum_of(id.value, std::string_view(series.application), std::string_view(series.class_name),
                  std::string_view(series.campaign), std::string_view(steps), first, last);
}

std::optional<SeriesRow> read_series(const Rows& rows) {
    SeriesRow out{SeriesId{rows.integer(0)},
                  {std::string(rows.bytes(1)), std::string(rows.bytes(2)), std::string(rows.bytes(3)),
                   decode_steps(rows.bytes(4))},
                  rows.integer(5),
                  rows.integer(6)};
    if (series_sum(out.id, out.series, out.first, out.last) == rows.integer(7)) return out;
    log::error("store.tally_damaged", "what was counted as series {} is not known: its row is damaged", out.id.value);
    return std::nullopt;
}

SqlTallies::SqlTallies(Connection& connection)
    : connection_(connection),
      pending_(connection),
      find_(connection, "SELECT id FROM series WHERE campaign = ?1 AND application = ?2 AND class = ?3 AND steps = ?4"),
      highest_(connection, "SELECT coalesce(max(id), 0) FROM series"),
      insert_(connection, "INSERT INTO series (" CHAPAR_SERIES_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
      series_(connection, "SELECT " CHAPAR_SERIES_COLUMNS " FROM series WHERE id = ?1"),
      put_days_(connection, "UPDATE series SET first = ?2, last = ?3, sum = ?4 WHERE id = ?1"),
      load_(connection, "SELECT counts, sum FROM tally WHERE day = ?1 AND series = ?2"),
      put_(connection, "INSERT OR REPLACE INTO tally (day, series, counts, sum) VALUES (?1, ?2, ?3, ?4)"),
      old_(connection, "SELECT day, series FROM tally WHERE day < ?1 ORDER BY day, series LIMIT ?2"),
      drop_(connection, "DELETE FROM tally WHERE day = ?1 AND series = ?2"),
      // The highest stays, so that a number never means two: rows of messages have it.
      drop_series_(connection, "DELETE FROM series WHERE id = ?1 AND last < ?2 AND id < (SELECT max(id) FROM series)") {
}

std::optional<SeriesId> SqlTallies::find(const Series& series) {
    const auto steps = encode_steps(series.steps);
    auto rows = find_.query(series.campaign, series.application, series.class_name, std::string_view(steps));
    if (!rows.next()) return std::nullopt;
    return SeriesId{rows.integer(0)};
}

SeriesId SqlTallies::add(const Series& series, std::int32_t day) {
    SeriesId id{1};
    {
        auto rows = highest_.query();
        if (rows.next()) id.value += rows.integer(0);
    }
    const auto steps = encode_steps(series.steps);
    insert_.run(id.value, series.application, series.class_name, series.campaign, steps, std::int64_t{day},
                std::int64_t{day}, series_sum(id, series, day, day));
    return id;
}

std::optional<StepTallies> SqlTallies::load(std::int32_t day, SeriesId series) {
    auto rows = load_.query(std::int64_t{day}, series.value);
    if (!rows.next()) return std::nullopt;
    const auto bytes = rows.bytes(0);
    const bool is_sound = tally_sum(day, series, bytes) == rows.integer(1);
    if (auto out = is_sound ? decode_tallies(bytes) : std::nullopt) return out;
    log::error("store.tally_damaged", "what was counted of series {} on day {} is damaged; it is counted anew",
               series.value, day);
    StepTallies lost;
    lost[0].add(model::Tallied::damaged, 1);
    return lost;
}

/// The first row of a day also tells the series of it.
void SqlTallies::write(std::int32_t day, SeriesId series, const StepTallies& more) {
    auto known = load(day, series);
    if (!known) note_day(series, day);
    if (known)
        for (const auto& [step, tally] : more)
            (*known)[step] += tally;
    const auto bytes = encode_tallies(known ? *known : more);
    put_.run(std::int64_t{day}, series.value, Blob{bytes}, tally_sum(day, series, bytes));
}

void SqlTallies::note_day(SeriesId id, std::int32_t day) {
    std::optional<SeriesRow> row;
    {
        auto rows = series_.query(id.value);
        if (rows.next()) row = read_series(rows);
    }
    if (!row || (row->first <= day && day <= row->last)) return;
    const auto first = std::min<std::int64_t>(row->first, day), last = std::max<std::int64_t>(row->last, day);
    put_days_.run(id.value, first, last, series_sum(id, row->series, first, last));
}

/// Much at once, as a store of an earlier version brings, goes into its days directly.
void SqlTallies::count(const TallyChanges& changes) {
    if (changes.size() > PendingTallies::most) return write_all(changes);
    TallyChanges rest;
    for (const auto& [place, tally] : changes) {
        const auto [day, series, step] = place;
        auto left = tally;
        pending_.add(day, series, step, left);
        if (!left.is_zero()) rest.emplace(place, std::move(left));
    }
    write_all(rest);
    if (!changes.empty() && pending_.is_full()) fold();
}

bool SqlTallies::fold() {
    write_all(pending_.take());
    return connection_.fault() == 0;
}

void SqlTallies::write_all(const TallyChanges& changes) {
    for (auto at = changes.begin(); at != changes.end();) {
        const auto [day, series, first_step] = at->first;
        StepTallies more;
        for (; at != changes.end() && std::get<0>(at->first) == day && std::get<1>(at->first) == series; ++at)
            if (!at->second.is_zero()) more[std::get<2>(at->first)] = at->second;
        if (!more.empty()) write(day, series, more);
    }
}

std::int64_t SqlTallies::prune(std::int32_t before, int limit) {
    fold();
    std::vector<std::pair<std::int64_t, std::int64_t>> old;
    {
        auto rows = old_.query(std::int64_t{before}, limit);
        while (rows.next())
            old.emplace_back(rows.integer(0), rows.integer(1));
    }
    for (const auto& [day, series] : old) {
        drop_.run(day, series);
        drop_series_.run(series, std::int64_t{before});
    }
    return static_cast<std::int64_t>(old.size());
}

void fold_tallies(Connection& connection) {
    if (!connection.run("BEGIN IMMEDIATE")) return connection.clear_fault();
    const bool is_folded = SqlTallies(connection).fold();
    if (!is_folded) connection.clear_fault();
    if (!connection.run(is_folded ? "COMMIT" : "ROLLBACK")) connection.clear_fault();
}

// ---- what was opened and clicked ----------------------------------------------------------------------------------

std::optional<Touches> read_touches(const Rows& rows) {
    Touches out{MessageKey{rows.integer(0)},
                std::string(rows.bytes(1)),
                std::string(rows.bytes(2)),
                SeriesId{rows.integer(3)},
                {}};
    const auto bytes = rows.bytes(4);
    auto hits = checksum(out, bytes) == rows.integer(5) ? decode_hits(bytes) : std::nullopt;
    if (!hits) return std::nullopt;
    out.hits = std::move(*hits);
    return out;
}

SqlTouches::SqlTouches(Connection& connection)
    : connection_(connection),
      load_(connection, "SELECT " CHAPAR_TOUCH_COLUMNS " FROM touch WHERE key = ?1"),
      put_(connection,
           "INSERT OR REPLACE INTO touch (key, application, person, series, last, hits, sum) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"),
      drop_(connection, "DELETE FROM touch WHERE key = ?1"),
      of_(connection, "SELECT " CHAPAR_TOUCH_COLUMNS " FROM touch WHERE application = ?1 AND person = ?2 ORDER BY key"),
      drop_of_(connection, "DELETE FROM touch WHERE application = ?1 AND person = ?2"),
      prune_(connection,
             "DELETE FROM touch WHERE key IN (SELECT key FROM touch WHERE key < ?1 AND last < ?2 LIMIT ?3)") {}

Stored<Touches> SqlTouches::load(MessageKey key) {
    Stored<Touches> out;
    auto rows = load_.query(key.value);
    if (!rows.next()) return out;
    auto row = read_touches(rows);
    out.is = row ? Stored<Touches>::Is::sound : Stored<Touches>::Is::damaged;
    if (row) out.value = std::move(*row);
    return out;
}

std::vector<Touches> SqlTouches::of(std::string_view application, std::string_view person) {
    std::vector<Touches> out;
    auto rows = of_.query(application, person);
    while (rows.next())
        if (auto row = read_touches(rows)) out.push_back(std::move(*row));
    return out;
}

/// A message is never touched before it is accepted, so younger keys are not looked at.
std::int64_t SqlTouches::prune(Timestamp before, int limit) {
    prune_.run(to_ms(before) << MessageId::order_bits, to_ms(before), limit);
    return connection_.fault() == 0 ? connection_.changes() : 0;
}

void SqlTouches::put(const Touches& touches) {
    const auto hits = encode_hits(touches.hits);
    std::int64_t last = 0;
    for (const auto& hit : touches.hits)
        last = std::max(last, to_ms(hit.at));
    put_.run(touches.key.value, touches.application, touches.person, touches.series.value, last, Blob{hits},
             checksum(touches, hits));
}

// ---- conversions --------------------------------------------------------------------------------------------------

std::optional<KeptConversion> read_conversion(const Rows& rows) {
    KeptConversion out;
    out.number = rows.integer(2);
    out.event = rows.bytes(3);
    out.key = rows.bytes(4);
    out.currency = rows.bytes(5);
    out.value = Money{rows.integer(6)};
    out.at = from_ms(rows.integer(7));
    out.noted_at = from_ms(rows.integer(8));
    const auto bytes = rows.bytes(9);
    auto credits =
        checksum(rows.bytes(0), rows.bytes(1), out, bytes) == rows.integer(10) ? decode_credits(bytes) : std::nullopt;
    if (!credits) {
        log::error("store.row_damaged", "a conversion is damaged; it is left out");
        return std::nullopt;
    }
    out.credits = std::move(*credits);
    return out;
}

SqlConversions::SqlConversions(Connection& connection)
    : connection_(connection),
      of_(connection, "SELECT " CHAPAR_CONVERSION_COLUMNS
                      " FROM conversion WHERE application = ?1 AND person = ?2 ORDER BY number"),
      put_(connection, "INSERT OR REPLACE INTO conversion (" CHAPAR_CONVERSION_COLUMNS
                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"),
      drop_of_(connection, "DELETE FROM conversion WHERE application = ?1 AND person = ?2"),
      prune_(connection,
             "DELETE FROM conversion WHERE (application, person, number) IN "
             "(SELECT application, person, number FROM conversion WHERE at < ?1 LIMIT ?2)") {}

std::vector<KeptConversion> SqlConversions::of(std::string_view application, std::string_view person) {
    std::vector<KeptConversion> out;
    auto rows = of_.query(application, person);
    while (rows.next())
        if (auto row = read_conversion(rows)) out.push_back(std::move(*row));
    return out;
}

void SqlConversions::put(std::string_view application, std::string_view person, const KeptConversion& conversion) {
    const auto credits = encode_credits(conversion.credits);
    put_.run(application, person, conversion.number, conversion.event, conversion.key, conversion.currency,
             conversion.value.micros, to_ms(conversion.at), to_ms(conversion.noted_at), Blob{credits},
             checksum(application, person, conversion, credits));
}

std::int64_t SqlConversions::drop_of(std::string_view application, std::string_view person) {
    drop_of_.run(application, person);
    return connection_.fault() == 0 ? connection_.changes() : 0;
}

std::int64_t SqlConversions::prune(Timestamp before, int limit) {
    prune_.run(to_ms(before), limit);
    return connection_.fault() == 0 ? connection_.changes() : 0;
}

}  // namespace chapar::store::sqlite
