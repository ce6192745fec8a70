#pragma once
// Time zones by the system's tz database, the only source of them: policy, templates and the command line ask here. A
// zone's file is read once and kept. Callable from any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/tzif.hpp"

namespace chapar::times {

/// What a zone's clocks show.
struct Wall {
    std::int32_t offset = 0;  // seconds ahead of UTC
    bool is_summer = false;
    std::string_view name;  // "CEST", "+0330"; belongs to the zone
};

class ZoneClock {
  public:
    ZoneClock(std::string name, ZoneTable table) : name_(std::move(name)), table_(std::move(table)) {}
    const std::string& name() const { return name_; }
    /// At a second of Unix time.
    Wall wall(std::int64_t seconds) const;
    /// The second at which the wall shows `wall_seconds` (Unix time as if the zone were UTC): in an overlap the first
    /// of the two; what falls into a gap is as far behind the gap as it is within it.
    std::int64_t moment(std::int64_t wall_seconds) const;

  private:
    std::size_t line(std::int64_t ms) const;
    std::string name_;
    ZoneTable table_;
};

/// nullptr: no zone of this name in the tz database. Zones live as long as the process.
const ZoneClock* zone_clock(std::string_view iana_name);
const ZoneClock& utc();

/// Every name of the tz database, in order: zones and their older names.
std::vector<std::string> zone_names();

/// What was meant by a name that is none: "Asia/Tehran" for "Tehran", "asia/tehran", "Asia/Teheran" or "IRST". Empty:
/// nothing is near.
std::string nearest_zone(std::string_view name);

/// The refusal of a name that is no zone; empty for one that is.
std::string zone_problem(std::string_view name);

}  // namespace chapar::times
