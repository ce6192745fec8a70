#include "render/liquid/date.hpp"

namespace chapar::liquid {

// Howard Hinnant's civil calendar algorithms: years of 400 days-eras beginning in March.
std::int64_t days_from_civil(std::int64_t year, int month, int day) {
    year -= month <= 2 ? 1 : 0;
    const auto era = (year >= 0 ? year : year - 399) / 400;
    const auto of_era = year - era * 400;
    const auto of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

CivilDate civil_from_days(std::int64_t days) {
    days += 719468;
    const auto era = (days >= 0 ? days : days - 146096) / 146097;
    const auto of_era = days - era * 146097;
    const auto year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const auto of_year = of_era - (365 * year + year / 4 - year / 100);
    const auto shifted = (5 * of_year + 2) / 153;
    CivilDate date;
    date.day = static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1);
    date.month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
    date.year = year + era * 400 + (date.month <= 2 ? 1 : 0);
    return date;
}

const times::ZoneClock& zone_of(std::string_view name) {
    if (!name.empty() && name.front() == ':') name.remove_prefix(1);  // as in TZ
    thread_local const times::ZoneClock* last = &times::utc();
    if (last->name() == name) return *last;
    const auto* known = times::zone_clock(name);
    last = known == nullptr ? &times::utc() : known;
    return *last;
}

Moment in_zone(std::int64_t seconds, std::int32_t nanoseconds, const times::ZoneClock& zone) {
    const auto wall = zone.wall(seconds);
    return {seconds, nanoseconds, wall.offset, std::string(wall.name)};
}

}  // namespace chapar::liquid
