// Counts for reports in memory.

#include <algorithm>

#include "address/key.hpp"
#include "store/memory/store.hpp"
#include "store/memory/tables.hpp"
#include "store/rows/conversion_rows.hpp"

namespace chapar::store::memory {

std::optional<SeriesId> MemoryTallies::find(const Series& series) {
    const auto found = std::ranges::find_if(data_.series, [&](const auto& each) { return each.second == series; });
    return found == data_.series.end() ? std::nullopt : std::optional(found->first);
}

SeriesId MemoryTallies::add(const Series& series, std::int32_t) {
    ++data_.last_series.value;  // also past a rollback: a number never means two
    undo_.put(data_.series, data_.last_series, series);
    return data_.last_series;
}

void MemoryTallies::count(const TallyChanges& changes) {
    for (const auto& [place, more] : changes) {
        if (more.is_zero()) continue;
        const auto found = data_.tallies.find(place);
        auto sum = found == data_.tallies.end() ? model::Tally{} : found->second;
        sum += more;
        undo_.put(data_.tallies, place, std::move(sum));
    }
}

std::int64_t MemoryTallies::prune(std::int32_t before, int limit) {
    std::vector<std::tuple<std::int32_t, SeriesId, int>> old;
    std::int64_t rows = 0;
    std::pair<std::int32_t, SeriesId> last{};
    for (const auto& [place, tally] : data_.tallies) {
        const std::pair row{std::get<0>(place), std::get<1>(place)};
        if (row.first >= before) break;
        if ((old.empty() || row != last) && rows++ == limit) {
            --rows;
            break;
        }
        last = row;
        old.push_back(place);
    }
    for (const auto& place : old)
        undo_.drop(data_.tallies, place);
    return rows;
}

Stored<Touches> MemoryTouches::load(MessageKey key) {
    const auto found = data_.touches.find(key);
    if (found == data_.touches.end()) return {};
    return {Stored<Touches>::Is::sound, found->second};
}

std::vector<Touches> MemoryTouches::of(std::string_view application, std::string_view person) {
    std::vector<Touches> out;
    for (const auto& [key, touches] : data_.touches)
        if (touches.application == application && touches.person == person) out.push_back(touches);
    return out;
}

void MemoryTouches::drop_of(std::string_view application, std::string_view person) {
    for (const auto& touches : of(application, person))
        drop(touches.key);
}

std::int64_t MemoryTouches::prune(Timestamp before, int limit) {
    std::vector<MessageKey> old;
    for (const auto& [key, touches] : data_.touches) {
        const auto is_old = [before](const model::CountedHit& hit) { return hit.at < before; };
        if (std::ranges::all_of(touches.hits, is_old) && static_cast<int>(old.size()) < limit) old.push_back(key);
    }
    for (const auto key : old)
        drop(key);
    return static_cast<std::int64_t>(old.size());
}

// ---- conversions --------------------------------------------------------------------------------------------------

std::vector<KeptConversion> MemoryConversions::of(std::string_view application, std::string_view person) {
    std::vector<KeptConversion> out;
    const auto found = data_.conversions.find({std::string(application), std::string(person)});
    if (found == data_.conversions.end()) return out;
    for (const auto& [number, conversion] : found->second)
        out.push_back(conversion);
    return out;
}

void MemoryConversions::put(std::string_view application, std::string_view person, const KeptConversion& conversion) {
    const Text2 who(application, person);
    const auto found = data_.conversions.find(who);
    auto all = found == data_.conversions.end() ? std::map<std::int64_t, KeptConversion>() : found->second;
    all[conversion.number] = conversion;
    undo_.put(data_.conversions, who, std::move(all));
}

std::int64_t MemoryConversions::drop_of(std::string_view application, std::string_view person) {
    const auto count = of(application, person).size();
    undo_.drop(data_.conversions, {std::string(application), std::string(person)});
    return static_cast<std::int64_t>(count);
}

std::int64_t MemoryConversions::prune(Timestamp before, int limit) {
    std::int64_t gone = 0;
    std::vector<std::pair<Text2, std::map<std::int64_t, KeptConversion>>> shorter;
    for (const auto& [who, all] : data_.conversions) {
        auto young = all;
        for (auto at = young.begin(); at != young.end();) {
            const bool goes = at->second.at < before && gone < limit;
            gone += goes ? 1 : 0;
            at = goes ? young.erase(at) : std::next(at);
        }
        if (young.size() != all.size()) shorter.emplace_back(who, std::move(young));
    }
    for (auto& [who, young] : shorter) {
        if (young.empty())
            undo_.drop(data_.conversions, who);
        else
            undo_.put(data_.conversions, who, std::move(young));
    }
    return gone;
}

namespace {

PersonConversions person_in(Content& tables, const Text2& who) {
    PersonConversions out{who.first, who.second, {}, {}};
    const auto found = tables.conversions.find(who);
    if (found != tables.conversions.end())
        for (const auto& [number, conversion] : found->second)
            out.conversions.push_back(conversion);
    for (const auto& [key, touches] : tables.touches) {
        if (touches.application != who.first || touches.person != who.second) continue;
        const auto series = tables.series.find(touches.series);
        out.touches.push_back(touched(touches, series == tables.series.end() ? nullptr : &series->second));
    }
    return out;
}

}  // namespace

Result<std::vector<PersonConversions>> MemoryStore::conversions(std::string_view only, const Text2& after, int limit) {
    return read([&](Content& tables) -> Result<std::vector<PersonConversions>> {
        std::vector<PersonConversions> out;
        for (auto at = tables.conversions.upper_bound(after); at != tables.conversions.end(); ++at) {
            if (static_cast<int>(out.size()) == limit) break;
            if (only.empty() || at->first.first == only) out.push_back(person_in(tables, at->first));
        }
        return out;
    });
}

Result<PersonConversions> MemoryStore::conversions_of(std::string_view application, std::string_view person) {
    return read([&](Content& tables) -> Result<PersonConversions> {
        return person_in(tables, {std::string(application), address::key(person)});
    });
}

Result<void> MemoryStore::tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit) {
    return read([&](Content& tables) -> Result<void> {
        for (const auto& [place, tally] : tables.tallies) {
            const auto& [day, id, step] = place;
            const auto found = tables.series.find(id);
            if (found == tables.series.end()) continue;
            const auto& series = found->second;
            const bool is_meant = (filter.application.empty() || series.application == filter.application) &&
                                  (!filter.campaign || series.campaign == *filter.campaign) &&
                                  (!filter.since_day || day >= *filter.since_day) &&
                                  (!filter.until_day || day <= *filter.until_day);
            if (!is_meant) continue;
            const auto at = static_cast<std::size_t>(step);
            const auto of = at < series.steps.size() ? series.steps[at] : SeriesStep{};
            visit({series.application, series.class_name, series.campaign, of.channel, of.template_name, of.variant,
                   day, &tally});
        }
        return {};
    });
}

}  // namespace chapar::store::memory
