#pragma once
// Small tables inside of a rule, as they are written: `window = { calendar = "week" }`. They are read by key tables
// like every section and then become the typed members of settings.hpp. Plain data.

#include <array>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace chapar::config {

struct WindowTable {
    Milliseconds rolling{0}, grace{0};
    std::string calendar, zone = "person", week_starts = "saturday", system = "gregorian";
    std::string since_event;
    std::string until;
};

struct OverTable {
    std::vector<std::string> switch_channel;
    std::string digest, template_name;
    Milliseconds every{0};
};

/// Of a quiet window.
struct HitTable {
    std::vector<std::string> switch_channel;
};

struct ScopeTable {
    std::string data;
    std::uint32_t prefix = 0;
};

struct WeeklyTable {
    std::vector<Span> every, sunday, monday, tuesday, wednesday, thursday, friday, saturday;
};

struct ReleaseTable {
    Milliseconds spread{0};
};

/// By Window::week_starts and QuietSettings::weekly.
inline constexpr std::array<std::string_view, 7> weekdays{"sunday",   "monday", "tuesday", "wednesday",
                                                          "thursday", "friday", "saturday"};
inline constexpr std::array<std::vector<Span> WeeklyTable::*, 7> weekday_members{
    &WeeklyTable::sunday,   &WeeklyTable::monday, &WeeklyTable::tuesday, &WeeklyTable::wednesday,
    &WeeklyTable::thursday, &WeeklyTable::friday, &WeeklyTable::saturday};

}  // namespace chapar::config
