#pragma once
// The Iranian calendar. Pure but for names, which are kept per thread; callable from any thread.
// Source: the 33-year cycle of ICU's Persian calendar (year y is long when (25 y + 11) mod 33 < 8), which is the
// official calendar's in every year from 1178 to 1633; names from CLDR.

#include <cstdint>
#include <string>
#include <string_view>

#include "render/liquid/date.hpp"

namespace chapar::render {

struct JalaliDate {
    std::int64_t year = 1;
    int month = 1, day = 1;
    int day_of_year = 1;
    bool operator==(const JalaliDate&) const = default;
};

bool is_long_jalali_year(std::int64_t year);
/// Days are counted from 1970-01-01, as in days_from_civil.
JalaliDate jalali_from_days(std::int64_t days);
std::int64_t days_from_jalali(std::int64_t year, int month, int day);

/// Which names and digits: BCP 47 tags.
struct JalaliStyle {
    std::string_view names, digits;
};
/// strftime with the calendar's year, months and weeks: %Y %y %m %d %e %j %B %b %A %a %H %I %M %S %p %w %u %z %s %F %D
/// %T %R %n %t %%, with the flags -, 0, _ and ^. What it does not know stays as it is. Appends; padding does not exist,
/// so the result is bounded by a small multiple of the format.
void format_jalali(std::string& out, const liquid::Moment& moment, std::string_view format, const JalaliStyle& style);

}  // namespace chapar::render
