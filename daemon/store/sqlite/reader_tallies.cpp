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

StepTallies tallies_in(const Rows& rows, std::int32_t day, SeriesId id) {
    const auto bytes = rows.bytes(0);
    if (tally_sum(day, id, bytes) == rows.integer(1))
        if (auto out = decode_tallies(bytes)) return *std::move(out);
    StepTallies lost;
    lost[0].add(model::Tallied::damaged, 1);
    return lost;
}

/// What is counted of a day, with what is still pending of it; shown in one go.
class Day {
  public:
    Day(std::int32_t day, const TallyChanges& pending) : day_(day) {
        for (auto at = pending.lower_bound({day, SeriesId{0}, 0}); at != pending.end() && std::get<0>(at->first) == day;
             ++at)
            pending_[std::get<1>(at->first)][std::get<2>(at->first)] = at->second;
    }
    void show(const SeriesRow& of, StepTallies tallies, const std::function<void(const TallyView&)>& visit) {
        if (auto more = pending_.extract(of.id); !more.empty())
            for (const auto& [step, tally] : more.mapped())
                tallies[step] += tally;
        const auto& series = of.series;
        for (const auto& [step, tally] : tallies) {
            const auto at = static_cast<std::size_t>(step);
            const SeriesStep by = at < series.steps.size() ? series.steps[at] : SeriesStep{};
            visit({series.application, series.class_name, series.campaign, by.channel, by.template_name, by.variant,
                   day_, &tally});
        }
    }
    /// Of the series that have no row of the day yet.
    void show_rest(const std::map<SeriesId, SeriesRow>& meant, const std::function<void(const TallyView&)>& visit) {
        while (!pending_.empty()) {
            const auto id = pending_.begin()->first;
            const auto found = meant.find(id);
            if (found != meant.end()) show(found->second, {}, visit);
            pending_.erase(id);
        }
    }

  private:
    const std::int32_t day_;
    std::map<SeriesId, StepTallies> pending_;
};

/// The days to look at: of the series, and what pends of them.
std::pair<std::int64_t, std::int64_t> days_of(const std::map<SeriesId, SeriesRow>& meant, const TallyChanges& pending,
                                              const TallyFilter& filter) {
    std::int64_t since = std::numeric_limits<std::int64_t>::max(), until = std::numeric_limits<std::int64_t>::min();
    const auto reach = [&](std::int64_t first, std::int64_t last) {
        since = std::min(since, first);
        until = std::max(until, last);
    };
    for (const auto& [id, row] : meant)
        reach(row.first, row.last);
    for (const auto& [place, tally] : pending)
        if (meant.contains(std::get<1>(place))) reach(std::get<0>(place), std::get<0>(place));
    if (filter.since_day) since = std::max<std::int64_t>(since, *filter.since_day);
    if (filter.until_day) until = std::min<std::int64_t>(until, *filter.until_day);
    return {since, until};
}

}  // namespace

Result<void> Reader::tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit) {
    const Snapshot snapshot(*this);
    const auto meant = series_of(*connection_, filter);
    const auto pending = PendingTallies::read(*connection_);
    const auto [since, until] = days_of(meant, pending, filter);
    // A campaign has few of the lines of a day: each is looked up. All of them are read in one go.
    Statement one(*connection_, "SELECT counts, sum FROM tally WHERE day = ?1 AND series = ?2");
    Statement all(*connection_, "SELECT counts, sum, series FROM tally WHERE day = ?1 ORDER BY series");
    for (auto number = since; number <= until && connection_->fault() == 0; ++number) {
        Day day(static_cast<std::int32_t>(number), pending);
        if (!filter.campaign) {
            auto rows = all.query(number);
            while (rows.next()) {
                const auto found = meant.find(SeriesId{rows.integer(2)});
                if (found == meant.end()) continue;
                day.show(found->second, tallies_in(rows, static_cast<std::int32_t>(number), found->first), visit);
            }
        } else {
            for (const auto& [id, row] : meant) {
                if (number < row.first || number > row.last) continue;
                auto rows = one.query(number, id.value);
                if (rows.next()) day.show(row, tallies_in(rows, static_cast<std::int32_t>(number), id), visit);
            }
        }
        day.show_rest(meant, visit);
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
    out.reserve(people.size());
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
