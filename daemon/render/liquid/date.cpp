#include "render/liquid/date.hpp"

#include <unicode/locid.h>

#include <memory>

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

const icu::TimeZone& zone_of(std::string_view name) {
    thread_local std::string known;
    thread_local std::unique_ptr<icu::TimeZone> zone;
    if (!name.empty() && name.front() == ':') name.remove_prefix(1);  // as in TZ
    if (zone == nullptr || known != name) {
        known = name;
        zone.reset(name.empty() ? icu::TimeZone::getGMT()->clone()
                                : icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(
                                      icu::StringPiece(name.data(), static_cast<int32_t>(name.size())))));
        if (*zone == icu::TimeZone::getUnknown()) zone.reset(icu::TimeZone::getGMT()->clone());
    }
    return *zone;
}

namespace {
/// The abbreviation, where there is one; else the offset as the time zone database writes it ("+0330").
std::string name_of(const icu::TimeZone& zone, bool summer, std::int32_t offset) {
    icu::UnicodeString id;
    zone.getID(id);
    if (id == "GMT" || id == "UTC" || id == "Etc/UTC") return "UTC";
    icu::UnicodeString text;
    zone.getDisplayName(summer, icu::TimeZone::SHORT, icu::Locale::getUS(), text);
    std::string name;
    text.toUTF8String(name);
    if (!name.starts_with("GMT")) return name;
    if (offset == 0) return name;
    const auto minutes = (offset < 0 ? -offset : offset) / 60;
    const auto two = [](std::int32_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
    return (offset < 0 ? "-" : "+") + two(minutes / 60) + (minutes % 60 != 0 ? two(minutes % 60) : "");
}
}  // namespace

Moment in_zone(std::int64_t seconds, std::int32_t nanoseconds, const icu::TimeZone& zone) {
    int32_t raw = 0, summer = 0;
    UErrorCode status = U_ZERO_ERROR;
    zone.getOffset(static_cast<UDate>(seconds) * 1000, false, raw, summer, status);
    const auto offset = (raw + summer) / 1000;
    return {seconds, nanoseconds, offset, name_of(zone, summer != 0, offset)};
}

}  // namespace chapar::liquid
