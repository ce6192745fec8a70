#pragma once
// Dates, times and distances in time as a reader of a locale writes them, in his calendar. Callable from any thread;
// formatters are kept per thread.
// Source: CLDR, from ICU.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::render {

struct DateStyle {
    std::string_view date = "medium";  // short, medium, long, full, none, or a CLDR skeleton such as yMMMMd
    std::string_view time = "none";    // short, medium, long, full, none
    std::string_view calendar;         // persian, gregorian, ...; empty: the locale's
};
/// Is `name` a style or a skeleton (letters only)?
bool is_date_style(std::string_view name);
bool is_time_style(std::string_view name);
bool is_calendar(std::string_view name);

/// `seconds`: Unix time. `zone`: IANA, empty: UTC.
std::optional<std::string> format_date(std::int64_t seconds, std::string_view locale, std::string_view zone,
                                       const DateStyle& style);

enum class Length { full, brief, narrow };
/// "3 days ago", "in 2 hours", "now" (less than half a minute). Of `then` seen from `now`, both Unix time.
std::optional<std::string> format_relative(std::int64_t then, std::int64_t now, std::string_view locale, Length length);

}  // namespace chapar::render
