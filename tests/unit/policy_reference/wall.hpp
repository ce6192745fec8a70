#pragma once
// Wall clocks and calendar windows for the reference model: ICU's zones and calendars, searched plainly. Shares nothing
// with daemon/policy, which reads the system's tz database by itself.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "config/settings.hpp"

namespace chapar::reference {

inline constexpr std::int64_t day_ms = 86'400'000;
inline constexpr std::int64_t minute_ms = 60'000;
std::int64_t floor_div(std::int64_t value, std::int64_t by);
/// 0 Sunday .. 6 Saturday.
int weekday_of(std::int64_t day);

/// What the clocks of a zone show, as the list of stretches between its changes from 2000 to 2040.
class Wall {
  public:
    explicit Wall(const std::string& name);
    /// Milliseconds of the wall's date and time since 1970-01-01 00:00 of the wall.
    std::int64_t shows(Timestamp at) const;
    /// The first moment at which the wall shows this or something later.
    Timestamp first(std::int64_t shown) const;
    /// The last moment at which the wall shows exactly this; where it never does, first().
    Timestamp last(std::int64_t shown) const;
    const std::vector<Timestamp>& changes() const { return changes_; }

  private:
    std::vector<Timestamp> changes_;
    std::vector<std::int64_t> offsets_;  // one more: before the first change, and from each on
};

/// nullptr: ICU knows no such zone.
const Wall* wall(const std::string& name);

struct Stretch {
    Timestamp from, to;  // [from, to)
};
Stretch calendar_stretch(const Wall& wall, Timestamp at, const config::Window& window);

}  // namespace chapar::reference
