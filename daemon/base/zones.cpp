#include "base/zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <memory>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <unordered_map>

namespace chapar::times {
namespace {

constexpr std::int64_t per_second = 1000, widest_offset = 26LL * 3600 * per_second;

struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct KeptClocks {
    std::shared_mutex mutex;  // guards clocks; entries are never removed
    std::unordered_map<std::string, std::unique_ptr<const ZoneClock>, NameHash, std::equal_to<>> clocks;
};

KeptClocks& kept_clocks() {
    static KeptClocks all;
    return all;
}

std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z') {
            out += static_cast<char>(c + 32);
        } else {
            out += c == ' ' || c == '-' ? '_' : c;
        }
    }
    return out;
}

std::string_view city(std::string_view name) { return name.substr(name.find_last_of('/') + 1); }

std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const auto above = row[j + 1];
            row[j + 1] = std::min({above + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)});
            diagonal = above;
        }
    }
    return row.back();
}

/// What people call a time that the tz database names after a city.
std::string_view by_common_name(std::string_view wanted) {
    struct Common {
        std::string_view name, zone;
    };
    static constexpr std::array<Common, 13> all = {{{"irst", "Asia/Tehran"},
                                                    {"irdt", "Asia/Tehran"},
                                                    {"+03:30", "Asia/Tehran"},
                                                    {"utc+3:30", "Asia/Tehran"},
                                                    {"utc+03:30", "Asia/Tehran"},
                                                    {"gmt+3:30", "Asia/Tehran"},
                                                    {"gmt+03:30", "Asia/Tehran"},
                                                    {"+0330", "Asia/Tehran"},
                                                    {"تهران", "Asia/Tehran"},
                                                    {"ایران", "Asia/Tehran"},
                                                    {"آسیا/تهران", "Asia/Tehran"},
                                                    {"z", "UTC"},
                                                    {"+00:00", "UTC"}}};
    const auto* const found = std::ranges::find(all, wanted, &Common::name);
    return found == all.end() ? std::string_view() : found->zone;
}

}  // namespace

std::size_t ZoneClock::line(std::int64_t ms) const {
    const auto after = std::upper_bound(table_.starts.begin(), table_.starts.end(), ms);
    return static_cast<std::size_t>(after - table_.starts.begin()) - 1;
}

Wall ZoneClock::wall(std::int64_t seconds) const {
    constexpr std::int64_t far = std::int64_t{1} << 50;
    const auto i = line(std::clamp(seconds, -far, far) * per_second);
    return {static_cast<std::int32_t>(table_.offsets[i] / per_second), table_.names[i].is_summer, table_.names[i].text};
}

std::int64_t ZoneClock::moment(std::int64_t wall_seconds) const {
    constexpr std::int64_t far = std::int64_t{1} << 50;
    const auto wall = std::clamp(wall_seconds, -far, far) * per_second;
    auto i = line(wall - widest_offset);
    auto before = table_.offsets[i];
    while (i + 1 < table_.starts.size() && wall - table_.offsets[i] >= table_.starts[i + 1])
        before = table_.offsets[i++];
    // In a gap no line shows it: the clock that went before the gap is read on.
    const auto at = wall - table_.offsets[i];
    const auto offset = at < table_.starts[i] ? before : table_.offsets[i];
    return wall_seconds - offset / per_second;
}

const ZoneClock* zone_clock(std::string_view iana_name) {
    if (iana_name.empty()) return nullptr;
    auto& all = kept_clocks();
    {
        const std::shared_lock lock(all.mutex);
        const auto found = all.clocks.find(iana_name);
        if (found != all.clocks.end()) return found->second.get();
    }
    // Names that don't exist are not remembered: they come from requests, and there is no end of them.
    auto table = read_zone(iana_name);
    if (!table) return nullptr;
    const std::unique_lock lock(all.mutex);
    auto& place = all.clocks[std::string(iana_name)];
    if (!place) place = std::make_unique<const ZoneClock>(std::string(iana_name), std::move(*table));
    return place.get();
}

const ZoneClock& utc() {
    static const ZoneClock clock("UTC", {{std::numeric_limits<std::int64_t>::min()}, {0}, {{"UTC", false}}});
    return clock;
}

std::vector<std::string> zone_names() {
    // Lines "Z NAME ..." and "L TARGET NAME" (zic's compact form, which comes with every tz database).
    std::ifstream file("/usr/share/zoneinfo/tzdata.zi");
    std::vector<std::string> names;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("Z ") && !line.starts_with("L ")) continue;
        std::string_view rest = std::string_view(line).substr(2);
        if (line.front() == 'L') rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
        const auto name = rest.substr(0, rest.find(' '));
        if (name != "Factory") names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::string nearest_zone(std::string_view name) {
    constexpr std::size_t longest = 64;
    if (name.empty() || name.size() > longest) return {};
    const auto wanted = folded(name);
    if (const auto known = by_common_name(wanted); !known.empty()) return std::string(known);
    const auto names = zone_names();
    std::string best;
    std::size_t least = wanted.size() / 4 + 2;
    for (const auto& each : names) {
        const auto known = folded(each);
        // The whole name or its city; a city weighs as much as the whole, for "Teheran" has no continent.
        const auto distance = std::min(
            edits(wanted, known), edits(city(wanted), city(known)) + (city(wanted).size() == wanted.size() ? 0 : 1));
        const bool has_continent = each.find('/') != std::string::npos && best.find('/') == std::string::npos;
        const bool is_better = distance < least || (distance == least && !best.empty() && has_continent);
        if (!is_better) continue;
        least = distance;
        best = each;
    }
    return best;
}

std::string zone_problem(std::string_view name) {
    if (zone_clock(name) != nullptr) return {};
    const auto near = nearest_zone(name);
    return fmt::format("there is no time zone \"{}\"{}", name.substr(0, 64),
                       near.empty() ? std::string("; an IANA name is expected, such as Asia/Tehran")
                                    : fmt::format("; did you mean {}?", near));
}

}  // namespace chapar::times
