#pragma once
// Dates and times as people write them: ISO 8601 and the Iranian calendar, in either digits. Never a guess. Pure.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace chapar::written {

struct Time {
    std::int64_t day = 0;              // days since 1970-01-01
    bool is_jalali = false;            // as it was written
    std::optional<int> second_of_day;  // a leap second counts as the one before
    std::int32_t nanoseconds = 0;
    std::optional<std::int32_t> offset;  // seconds ahead of UTC
};

/// What is wrong, and at which character of the text (from 1).
struct TimeProblem {
    std::size_t column = 1;
    std::string sentence;
    bool is_after_day = false;  // the day is good, what follows it is not
};

/// No numeric date at all, or one in an order that this does not read.
struct NoTime {};

/// YEAR-MONTH-DAY with "-", "/" or ".", YYYYMMDD, or a day, the name of an Iranian month and the year; a year from 1200
/// to 1599 is Iranian. Then, if wanted, a time: after blanks, T, a comma, a dash or «ساعت», HH:MM[:SS[.FRACTION]] or
/// HHMM[SS] after T, am and pm in English and Persian, and an offset. Days that do not exist, years in two digits, a
/// year of that calendar anywhere else and orders that could be two days are problems.
std::variant<Time, TimeProblem, NoTime> read_time(std::string_view text);

/// What is expected, for refusals.
inline constexpr std::string_view time_forms = "2026-12-01 09:00, 1405/09/10 09:00 or 2026-12-01T09:00:00+03:30";

}  // namespace chapar::written
