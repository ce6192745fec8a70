#include "net/rfc3339.hpp"

#include <fmt/format.h>

namespace chapar::net {
namespace {

/// Exactly `count` digits at the front; -1: not there.
int digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return -1;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// ".123456" as milliseconds.
int fraction(std::string_view& text) {
    if (!take(text, ".")) return 0;
    int value = 0, count = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        if (count < 3) value = value * 10 + (text[0] - '0');
        ++count;
        text.remove_prefix(1);
    }
    if (count == 0) return -1;
    for (; count < 3; ++count)
        value *= 10;
    return value;
}

/// "Z" or "+03:30"; the minutes to subtract.
std::optional<std::chrono::minutes> offset(std::string_view text) {
    if (text == "Z" || text == "z") return std::chrono::minutes{0};
    const bool negative = text.starts_with('-');
    if (!take(text, "+-")) return std::nullopt;
    const int hours = digits(text, 2);
    if (!take(text, ":")) return std::nullopt;
    const int minutes = digits(text, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59 || !text.empty()) return std::nullopt;
    const std::chrono::minutes total{hours * 60 + minutes};
    return negative ? -total : total;
}

void put_digits(std::string& out, std::size_t at, std::size_t count, unsigned number) {
    for (; count > 0; number /= 10)
        out[at + --count] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) {
    const int year = digits(text, 4);
    if (!take(text, "-")) return std::nullopt;
    const int month = digits(text, 2);
    if (!take(text, "-")) return std::nullopt;
    const int day = digits(text, 2);
    if (!take(text, "Tt ")) return std::nullopt;
    const int hour = digits(text, 2);
    if (!take(text, ":")) return std::nullopt;
    const int minute = digits(text, 2);
    if (!take(text, ":")) return std::nullopt;
    const int second = digits(text, 2);
    const int milliseconds = fraction(text);
    const auto shift = offset(text);
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    const bool clock_ok = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
    if (year < 1970 || !date.ok() || !clock_ok || milliseconds < 0 || !shift) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + Milliseconds(milliseconds) - *shift;
}

std::string format_time(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    const auto year = static_cast<int>(date.year());
    if (year >= 0 && year <= 9999) {
        std::string out = "0000-00-00T00:00:00.000Z";
        put_digits(out, 0, 4, static_cast<unsigned>(year));
        put_digits(out, 5, 2, static_cast<unsigned>(date.month()));
        put_digits(out, 8, 2, static_cast<unsigned>(date.day()));
        put_digits(out, 11, 2, static_cast<unsigned>(clock.hours().count()));
        put_digits(out, 14, 2, static_cast<unsigned>(clock.minutes().count()));
        put_digits(out, 17, 2, static_cast<unsigned>(clock.seconds().count()));
        put_digits(out, 20, 3, static_cast<unsigned>(clock.subseconds().count()));
        return out;
    }
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", year, static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count(), clock.subseconds().count());
}

}  // namespace chapar::net
