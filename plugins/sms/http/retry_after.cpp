#include "sms/http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

namespace chapar::sms::http {
namespace {

constexpr std::chrono::seconds longest_wait = std::chrono::hours(1);

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string_view> words(std::string_view text) {
    constexpr std::string_view between = " ,-:\t";
    std::vector<std::string_view> out;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(between), text.size()));
        if (text.empty()) return out;
        const auto end = std::min(text.find_first_of(between), text.size());
        out.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

unsigned month(std::string_view name) {
    static constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    return static_cast<unsigned>(std::ranges::find(names, name) - names.begin()) + 1;  // 13: none
}

/// The century that puts a year of two digits nearest (RFC 9110, 5.6.7).
int whole_year(int year, std::chrono::sys_seconds now) {
    constexpr int two_digits = 100, half = 50;
    if (year >= two_digits) return year;
    const int this_year = int{std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(now)).year()};
    year += this_year / two_digits * two_digits;
    return year > this_year + half ? year - two_digits : year;
}

std::optional<std::chrono::sys_seconds> date(std::string_view value, std::chrono::sys_seconds now) {
    auto parts = words(value);
    // "Sun Nov  6 08:49:37 1994" names the year last, the others the zone: "Sun, 06 Nov 1994 08:49:37 GMT".
    if (parts.size() == 7) {
        parts = {parts[0], parts[2], parts[1], parts[6], parts[3], parts[4], parts[5]};
    } else if (parts.size() != 8 || (parts[7] != "GMT" && parts[7] != "UTC")) {
        return std::nullopt;
    }
    const auto day = number(parts[1]), year = number(parts[3]);
    const auto hour = number(parts[4]), minute = number(parts[5]), second = number(parts[6]);
    if (!day || !year || !hour || !minute || !second || *day < 1 || *year < 0) return std::nullopt;
    const std::chrono::year_month_day on{std::chrono::year(whole_year(*year, now)), std::chrono::month(month(parts[2])),
                                         std::chrono::day(static_cast<unsigned>(*day))};
    const bool is_time = *hour >= 0 && *hour < 24 && *minute >= 0 && *minute < 60 && *second >= 0 && *second <= 60;
    if (!on.ok() || !is_time) return std::nullopt;
    return std::chrono::sys_days(on) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

std::chrono::milliseconds read_retry_after(std::string_view value, std::chrono::sys_seconds now) {
    while (value.ends_with(' ') || value.ends_with('\t'))
        value.remove_suffix(1);
    while (value.starts_with(' ') || value.starts_with('\t'))
        value.remove_prefix(1);
    const bool is_digits = !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_digits) {
        const auto seconds = number(value);  // nullopt: more than an int holds
        return seconds ? std::min(std::chrono::seconds(*seconds), longest_wait) : longest_wait;
    }
    const auto until = date(value, now);
    return until ? std::clamp(*until - now, std::chrono::seconds(0), longest_wait) : std::chrono::seconds(0);
}

}  // namespace chapar::sms::http
