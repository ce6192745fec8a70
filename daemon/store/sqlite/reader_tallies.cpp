// Counts for reports over a read connection.

#include <algorithm>
#include <limits>

#include "address/key.hpp"
#include "store/rows/conversion_rows.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/tables_tallies.hpp"

namespace chapar::store::sqlite {
namespace {

bool is_meant(const TallyFilter& filter, const Series& series) {
    return (filter.application.empty() || series.application == filter.application) &&
           (!filter.campaign || series.campaign == *filter.campaign);
}

/// Those of the filter, by id.
std::map<SeriesId, SeriesRow> series_of(Connection& connection, const TallyFilter& filter) {
    std::map<SeriesId, SeriesRow> out;
    Statement all(connection, "SELECT " CHAPAR_SERIES_COLUMNS " FROM series");
    Statement of_campaign(connection, "SELECT " CHAPAR_SERIES_COLUMNS " FROM series WHERE campaign = ?1");
    auto rows = filter.campaign ? of_campaign.query(*filter.campaign) : all.query();
    while (rows.next()) {
        auto row = read_series(rows);
        if (row && is_meant(filter, row->series)) out.emplace(row->id, std::move(*row));
    }
    return out;
}

void show_row(const Series& series, std::int32_t day, std::string_view bytes, std::int64_t sum, SeriesId id,
              const std::function<void(const TallyView&)>& visit) {
    auto tallies = tally_sum(day, id, bytes) == sum ? decode_tallies(bytes) : std::nullopt;
    if (!tallies) {
        tallies.emplace();
        (*tallies)[0].add(model::Tallied::damaged, 1);
    }
    for (const auto& [step, tally] : *tallies) {
        const auto at = static_cast<std::size_t>(step);
        const SeriesStep of = at < series.steps.size() ? series.steps[at] : SeriesStep{};
        visit({series.application, series.class_name, series.campaign, of.channel, of.template_name, of.variant, day,
               &tally});
    }
}

}  // namespace

Result<void> Reader::tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit) {
    const Snapshot snapshot(*this);
    const auto meant = series_of(*connection_, filter);
    std::int64_t since = std::numeric_limits<std::int64_t>::max(), until = std::numeric_limits<std::int64_t>::min();
    for (const auto& [id, row] : meant) {
        since = std::min(since, row.first);
        until = std::max(until, row.last);
    }
    if (filter.since_day) since = std::max<std::int64_t>(since, *filter.since_day);
    if (filter.until_day) until = std::min<std::int64_t>(until, *filter.until_day);
    // A campaign has few of the lines of a day: each is looked up. All of them are read in one go.
    Statement one(*connection_, "SELECT counts, sum FROM tally WHERE day = ?1 AND series = ?2");
    Statement all(*connection_, "SELECT counts, sum, series FROM tally WHERE day = ?1 ORDER BY series");
    for (auto day = since; day <= until && connection_->fault() == 0; ++day) {
        const auto number = static_cast<std::int32_t>(day);
        if (!filter.campaign) {
            auto rows = all.query(day);
            while (rows.next()) {
                const auto found = meant.find(SeriesId{rows.integer(2)});
                if (found != meant.end())
                    show_row(found->second.series, number, rows.bytes(0), rows.integer(1), found->first, visit);
            }
            continue;
        }
        for (const auto& [id, row] : meant) {
            if (day < row.first || day > row.last) continue;
            auto rows = one.query(day, id.value);
            if (rows.next()) show_row(row.series, number, rows.bytes(0), rows.integer(1), id, visit);
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return {};
}

// ---- conversions --------------------------------------------------------------------------------------------------

namespace {

PersonConversions person_in(Connection& connection, std::string application, std::string person) {
    PersonConversions out{std::move(application), std::move(person), {}, {}};
    SqlConversions conversions(connection);
    SqlTouches touches(connection);
    out.conversions = conversions.of(out.application, out.person);
    Statement series(connection, "SELECT " CHAPAR_SERIES_COLUMNS " FROM series WHERE id = ?1");
    for (const auto& each : touches.of(out.application, out.person)) {
        auto rows = series.query(each.series.value);
        const auto row = rows.next() ? read_series(rows) : std::nullopt;
        out.touches.push_back(touched(each, row ? &row->series : nullptr));
    }
    return out;
}

}  // namespace

Result<std::vector<PersonConversions>> Reader::conversions(std::string_view only,
                                                           const std::pair<std::string, std::string>& after,
                                                           int limit) {
    const Snapshot snapshot(*this);
    std::vector<std::pair<std::string, std::string>> people;
    {
        Statement names(*connection_,
                        "SELECT DISTINCT application, person FROM conversion WHERE (application, person) > (?1, ?2) "
                        "AND (?3 = '' OR application = ?3) ORDER BY application, person LIMIT ?4");
        auto rows = names.query(after.first, after.second, only, limit);
        while (rows.next())
            people.emplace_back(rows.bytes(0), rows.bytes(1));
    }
    std::vector<PersonConversions> out;
    for (auto& [application, person] : people)
        out.push_back(person_in(*connection_, std::move(application), std::move(person)));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<PersonConversions> Reader::conversions_of(std::string_view application, std::string_view person) {
    const Snapshot snapshot(*this);
    auto out = person_in(*connection_, std::string(application), address::key(person));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

}  // namespace chapar::store::sqlite
