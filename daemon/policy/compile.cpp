#include <fmt/format.h>

#include <cmath>

#include "base/zones.hpp"
#include "policy/rules.hpp"

namespace chapar::policy {
namespace {

constexpr double millionths = 1e6;

Result<const Zone*> known_zone(std::string_view name, std::string_view where) {
    if (const auto* found = zone(name)) return found;
    return fail(Code::unknown_zone, fmt::format("{}: {}", where, times::zone_problem(name)));
}

std::int64_t limit_of(const config::CapSettings& cap) {
    if (cap.min_interval.count() > 0 || cap.never) return 0;
    if (cap.count_by == config::CapSettings::CountBy::cost) return std::llround(cap.limit * millionths);
    return static_cast<std::int64_t>(std::floor(cap.limit));
}

ZoneSource source(ZoneSource::Kind kind) { return ZoneSource{kind, nullptr}; }

Result<std::vector<ZoneSource>> chain_of(const config::QuietSettings& quiet) {
    using Kind = ZoneSource::Kind;
    std::vector<ZoneSource> chain;
    for (const auto& word : quiet.zone) {
        if (word == "device")
            chain.push_back(source(Kind::device));
        else if (word == "person")
            chain.push_back(source(Kind::person));
        else if (word == "country")
            chain.push_back(source(Kind::country));
        else if (word == "application")
            chain.push_back(source(Kind::application));
        else {
            const auto found = known_zone(word, fmt::format("quiet rule \"{}\"", quiet.name));
            if (!found) return std::unexpected(found.error());
            chain.push_back(ZoneSource{Kind::fixed, *found});
        }
    }
    if (chain.empty()) {
        for (const auto kind : {Kind::device, Kind::person, Kind::country, Kind::application})
            chain.push_back(source(kind));
    }
    return chain;
}

Result<std::unique_ptr<const Cap>> compile_cap(const config::CapSettings& set) {
    auto cap = std::make_unique<Cap>();
    cap->set = set;
    cap->limit = limit_of(set);
    const bool fixed = set.window.kind == config::Window::Kind::calendar && set.window.zone != "person";
    if (fixed) {
        const auto found = known_zone(set.window.zone, fmt::format("cap \"{}\"", set.name));
        if (!found) return std::unexpected(found.error());
        cap->zone = *found;
    }
    return cap;
}

bool is_plain(std::string_view name) {
    for (const char c : name) {
        const bool fine =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!fine) return false;
    }
    return !name.empty();
}

Result<std::unique_ptr<const Quiet>> compile_quiet(const config::QuietSettings& set, const std::string& folder,
                                                   ByName<std::shared_ptr<const Holidays>>& calendars) {
    auto quiet = std::make_unique<Quiet>();
    quiet->set = set;
    auto chain = chain_of(set);
    if (!chain) return std::unexpected(chain.error());
    quiet->chain = std::move(*chain);
    if (set.holidays.empty()) return quiet;
    if (!is_plain(set.holidays)) {
        return fail(Code::bad_calendar,
                    fmt::format("quiet rule \"{}\": holidays = \"{}\" is no calendar's name; name a file "
                                "of {} without its .toml",
                                set.name, set.holidays, folder));
    }
    auto& calendar = calendars[set.holidays];
    if (!calendar) {
        auto read = read_holidays(folder + "/" + set.holidays + ".toml");
        if (!read)
            return fail(Code::bad_calendar, fmt::format("{} (quiet rule \"{}\")", read.error().message(), set.name));
        calendar = *read;
    }
    quiet->holidays = calendar;
    return quiet;
}

}  // namespace

RuleSet::RuleSet(const config::Settings& settings) : site_wide(settings.policy.site_wide_people) {
    using Kind = ZoneSource::Kind;
    for (const auto& category : settings.categories)
        if (category.is_chosen_only()) chosen_only_.insert(category.name);
    for (const auto kind : {Kind::person, Kind::device, Kind::country, Kind::application, Kind::site})
        cap_chain.push_back(source(kind));
    for (const auto kind : {Kind::device, Kind::person, Kind::country, Kind::application, Kind::site})
        own_chain.push_back(source(kind));
}

Result<std::shared_ptr<const Rules>> compile(const config::Settings& settings) {
    auto rules = std::make_shared<RuleSet>(settings);
    const auto site = known_zone(settings.daemon.timezone, "daemon.timezone");
    if (!site) return std::unexpected(site.error());
    rules->site = *site;
    for (const auto& application : settings.applications) {
        if (application.timezone.empty()) continue;
        const auto found = known_zone(application.timezone, fmt::format("application \"{}\"", application.name));
        if (!found) return std::unexpected(found.error());
        rules->application_zones_[application.name] = *found;
    }
    for (const auto& set : settings.caps) {
        auto cap = compile_cap(set);
        if (!cap) return std::unexpected(cap.error());
        rules->counted_tags_.insert(set.match.tags.begin(), set.match.tags.end());
        rules->caps_.push_back(std::move(*cap));
    }
    ByName<std::shared_ptr<const Holidays>> calendars;
    for (const auto& set : settings.quiet) {
        auto quiet = compile_quiet(set, settings.policy.calendars_dir, calendars);
        if (!quiet) return std::unexpected(quiet.error());
        rules->quiet_.push_back(std::move(*quiet));
    }
    for (const auto& [name, cls] : settings.classes) {
        auto named = cls;
        named.name = name;
        rules->plans_[name] = rules->make_plan(named);
    }
    rules->unknown_ = rules->make_plan(config::ClassSettings{});
    return std::shared_ptr<const Rules>(std::move(rules));
}

}  // namespace chapar::policy
