#pragma once
// Points in time as the `date` filter reads and writes them: heuristically parsed as the reference's language does,
// formatted by its strftime. For the library and for filters of the host.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/zones.hpp"

namespace chapar::liquid {

class Context;
class Value;

/// A second of the world with the wall clock it is shown by.
struct Moment {
    std::int64_t seconds = 0;  // Unix time
    std::int32_t nanoseconds = 0;
    std::int32_t offset = 0;  // of the wall clock, in seconds east of UTC
    std::string zone;         // its name; "" when only the offset is known
};

struct CivilDate {
    std::int64_t year = 1970;
    int month = 1, day = 1;
};
/// Gregorian calendar without end in both directions.
std::int64_t days_from_civil(std::int64_t year, int month, int day);
CivilDate civil_from_days(std::int64_t days);

/// The zone `name` (IANA) of the system's tz database, UTC for "" or an unknown one.
const times::ZoneClock& zone_of(std::string_view name);
Moment in_zone(std::int64_t seconds, std::int32_t nanoseconds, const times::ZoneClock& zone);

/// `text` as a date and time; parts it does not name come from `now`. Nothing: there is no time in it.
std::optional<Moment> parse_moment(std::string_view text, const Moment& now, const times::ZoneClock& zone);

/// The time that `input` means, as `date` understands it: Unix time or a text. In the zone of the rendering. With
/// RenderOptions::reads_written dates of the Iranian calendar are understood too, and what could be another day is no
/// time.
std::optional<Moment> moment_of(Context& context, Value input);
/// What "now" means in the rendering.
Moment now_of(Context& context);

enum class Formatted {
    done,
    too_long,  // padding beyond `most` bytes is not written
    broken,    // the format ends within a directive
};
/// Appends.
Formatted format_moment(std::string& out, const Moment& moment, std::string_view format, std::uint64_t most);

}  // namespace chapar::liquid
