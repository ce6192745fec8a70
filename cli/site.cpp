#include "cli/site.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/written_time.hpp"
#include "base/zones.hpp"
#include "cli/options.hpp"
#include "config/load.hpp"
#include "net/rfc3339.hpp"

namespace chapar::cli {

std::expected<Site, std::string> read_site(const Parsed& options) {
    const auto file = options.get("config", "/etc/chapar/chapar.toml");
    if (!options.has("config") && ::access(file.c_str(), R_OK) != 0) return Site{};
    auto loaded = config::read(file);
    if (loaded.ok()) return Site{std::move(loaded.settings), file};
    return std::unexpected(loaded.problems.front().sentence());
}

namespace {

/// Empty: `out` is the time on the wire.
std::string read_time(std::string_view text, const times::ZoneClock& zone, std::string& out) {
    const auto read = written::read_time(text);
    if (const auto* problem = std::get_if<written::TimeProblem>(&read))
        return fmt::format("character {}: {}", problem->column, problem->sentence);
    const auto* time = std::get_if<written::Time>(&read);
    if (time == nullptr) return fmt::format("\"{}\" is no time; say {}", text, written::time_forms);
    if (time->offset && !time->is_jalali) return {};  // the daemon reads it as it is
    constexpr std::int64_t day = 86'400;
    const auto wall = time->day * day + time->second_of_day.value_or(0);
    const auto seconds = time->offset ? wall - *time->offset : zone.moment(wall);
    out = net::format_time(from_ms(seconds * 1000 + time->nanoseconds / 1'000'000));
    return {};
}

}  // namespace

std::string read_times(Parsed& options, const Site& site, std::initializer_list<std::string_view> names) {
    const auto* zone = times::zone_clock(site.settings.daemon.timezone);
    for (const auto name : names) {
        const auto found = options.values.find(name);
        if (found == options.values.end()) continue;
        for (auto& text : found->second) {
            const auto problem = read_time(text, zone == nullptr ? times::utc() : *zone, text);
            if (!problem.empty()) return fmt::format("--{}: {}", name, problem);
        }
    }
    return {};
}

}  // namespace chapar::cli
