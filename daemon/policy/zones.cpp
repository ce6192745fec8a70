#include "policy/zones.hpp"

#include "base/tzif.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace chapar::policy {
namespace {

constexpr std::int64_t day_ms = 86'400'000, minute_ms = 60'000;
constexpr std::int64_t widest = 26 * 3'600'000LL;  // no wall was ever farther from UTC

class TableZone final : public Zone {
  public:
    TableZone(std::string name, times::ZoneTable table) : name_(std::move(name)), table_(std::move(table)) {}
    const std::string& name() const override { return name_; }

    Local local(Timestamp at) const override {
        const auto ms = to_ms(at);
        const auto wall = ms + table_.offsets[line(ms)];
        auto day = wall / day_ms;
        if (wall % day_ms < 0) --day;
        return Local{day, static_cast<int>(wall - day * day_ms)};
    }

    Timestamp at(std::int64_t day, int minute) const override {
        const auto wall = day * day_ms + minute * minute_ms;
        const auto i = first_showing(wall);
        return from_ms(std::max(table_.starts[i], wall - table_.offsets[i]));
    }

    Timestamp at_last(std::int64_t day, int minute) const override {
        const auto wall = day * day_ms + minute * minute_ms;
        const auto first = first_showing(wall);
        auto answer = std::max(table_.starts[first], wall - table_.offsets[first]);
        for (auto i = first + 1; i < table_.starts.size() && table_.starts[i] <= wall + widest; ++i) {
            const auto again = wall - table_.offsets[i];
            if (again >= table_.starts[i] && again < end(i)) answer = again;
        }
        return from_ms(answer);
    }

  private:
    std::size_t line(std::int64_t ms) const {
        const auto after = std::upper_bound(table_.starts.begin(), table_.starts.end(), ms);
        return static_cast<std::size_t>(after - table_.starts.begin()) - 1;
    }
    std::int64_t end(std::size_t i) const {
        return i + 1 < table_.starts.size() ? table_.starts[i + 1] : std::numeric_limits<std::int64_t>::max();
    }
    /// The first line of the table in which the wall shows `wall` or something later.
    std::size_t first_showing(std::int64_t wall) const {
        auto i = line(wall - widest);
        while (wall - table_.offsets[i] >= end(i))
            ++i;
        return i;
    }

    std::string name_;
    times::ZoneTable table_;
};

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Known {
    std::shared_mutex mutex;  // guards zones; entries are never removed
    std::unordered_map<std::string, std::unique_ptr<const Zone>, TextHash, std::equal_to<>> zones;
};

Known& known() {
    static Known all;
    return all;
}

}  // namespace

int Local::weekday() const { return static_cast<int>(((day + 4) % 7 + 7) % 7); }

const Zone* zone(std::string_view iana_name) {
    if (iana_name.empty()) return nullptr;
    auto& all = known();
    {
        const std::shared_lock lock(all.mutex);
        const auto found = all.zones.find(iana_name);
        if (found != all.zones.end()) return found->second.get();
    }
    // Names that don't exist are not remembered: they come from requests, and there is no end of them.
    auto table = times::read_zone(iana_name);
    if (!table) return nullptr;
    const std::unique_lock lock(all.mutex);
    auto& place = all.zones[std::string(iana_name)];
    if (!place) place = std::make_unique<TableZone>(std::string(iana_name), std::move(*table));
    return place.get();
}

}  // namespace chapar::policy
