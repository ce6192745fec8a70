#pragma once
// Time zones and calendars for windows that people think in. The system's tz database; a zone's transitions are read
// once and kept. Callable from any thread.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace chapar::policy {

/// A moment on the wall of a zone.
struct Local {
    std::int64_t day = 0;  // days since 1970-01-01 on the proleptic Gregorian calendar
    int millisecond = 0;   // of the day, 0..86'399'999
    int weekday() const;   // 0 Sunday .. 6 Saturday
};

class Zone {
  public:
    virtual ~Zone() = default;
    virtual const std::string& name() const = 0;
    virtual Local local(Timestamp at) const = 0;
    /// The first moment at which the wall shows this or something later: in a gap, the gap's end; in an overlap, the
    /// first of the two.
    virtual Timestamp at(std::int64_t day, int minute) const = 0;
    /// In an overlap the second of the two; else as at().
    virtual Timestamp at_last(std::int64_t day, int minute) const = 0;
};

/// nullptr: no zone of this name in the tz database. Never a fixed offset, never a guess.
const Zone* zone(std::string_view iana_name);

/// The zone of a phone number's country when that country has one zone; empty: unknown or several.
std::string_view zone_of_phone(std::string_view e164);

enum class Unit : std::uint8_t { hour, day, week, month };
struct Edges {
    Timestamp from, to;  // [from, to)
};
/// The calendar window that holds `at`: from the first moment at which the wall shows its beginning (Zone::at) to the
/// first at which it shows the next one's, so that windows never overlap and none is missing. `week_starts`: 0 Sunday
/// .. 6 Saturday.
Edges calendar_window(const Zone& zone, Timestamp at, Unit unit, bool jalali, int week_starts);

}  // namespace chapar::policy
