#include "config/values.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace chapar::config {
namespace {

/// Takes the whole number at the front of `text`; nullopt: none, or too large to be meant.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value > 1'000'000'000'000ULL) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::string_view take_letters(std::string_view& text) {
    std::size_t n = 0;
    while (n < text.size() && ((text[n] >= 'a' && text[n] <= 'z') || (text[n] >= 'A' && text[n] <= 'Z')))
        ++n;
    const auto letters = text.substr(0, n);
    text.remove_prefix(n);
    return letters;
}

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array durations{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                               Unit{"ms", 1}};
constexpr std::array sizes{Unit{"B", 1},
                           Unit{"kB", 1000},
                           Unit{"KB", 1000},
                           Unit{"MB", 1'000'000},
                           Unit{"GB", 1'000'000'000},
                           Unit{"KiB", 1ULL << 10},
                           Unit{"MiB", 1ULL << 20},
                           Unit{"GiB", 1ULL << 30}};

constexpr std::string_view duration_expected =
    "expected a duration, such as \"30s\", \"5m\", \"72h\", \"1d\" or \"1h30m\"";

/// Takes `digits` digits; nullopt: not that many.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    int value = 0;
    if (text.size() < digits) return std::nullopt;
    for (const char c : text.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view wanted) {
    if (text.empty() || wanted.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

constexpr std::string_view moment_expected = "expected a moment with its offset, such as \"2027-03-20T00:00:00+03:30\"";

/// "21:30" as minutes of the day.
std::expected<int, std::string> take_time(std::string_view& text) {
    const auto whole = text.substr(0, 5);
    const auto hour = take_digits(text, 2);
    const bool colon = hour && take(text, ":");
    const auto minute = colon ? take_digits(text, 2) : std::nullopt;
    if (!minute) return std::unexpected(std::string("expected a span of the day, such as \"21:30-08:30\""));
    if (*minute > 59 || *hour * 60 + *minute > 24 * 60) {
        return std::unexpected(fmt::format("{} is no time of day: expected 00:00 to 24:00", whole));
    }
    return *hour * 60 + *minute;
}

/// The offset at the end of a moment, in minutes: "Z", "+03:30".
std::optional<int> take_offset(std::string_view& text) {
    if (take(text, "Zz")) return 0;
    const int sign = text.starts_with('-') ? -1 : 1;
    if (!take(text, "+-")) return std::nullopt;
    const auto hours = take_digits(text, 2);
    const auto minutes = hours && take(text, ":") ? take_digits(text, 2) : std::nullopt;
    if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
    return sign * (*hours * 60 + *minutes);
}

}  // namespace

std::expected<Milliseconds, std::string> parse_duration(std::string_view text) {
    const auto bare = text;
    std::uint64_t total = 0;
    auto unit = durations.begin();  // units must fall: "1h30m", not "30m1h"
    bool any = false;
    while (!text.empty()) {
        const auto number = take_number(text);
        const auto name = take_letters(text);
        if (!number) return std::unexpected(std::string(duration_expected));
        if (name.empty()) {
            return std::unexpected(fmt::format("has no unit: it may mean \"{}s\" or \"{}m\"", bare, bare));
        }
        while (unit != durations.end() && unit->name != name)
            ++unit;
        if (unit == durations.end()) return std::unexpected(std::string(duration_expected));
        total += *number * unit->factor;
        if (total > 86'400'000ULL * 3660) return std::unexpected(std::string("expected at most ten years"));
        ++unit;
        any = true;
    }
    if (!any) return std::unexpected(std::string(duration_expected));
    return Milliseconds(static_cast<std::int64_t>(total));
}

std::expected<Span, std::string> parse_span(std::string_view text) {
    const auto from = take_time(text);
    if (!from) return std::unexpected(from.error());
    if (!take(text, "-")) return std::unexpected(std::string("expected a span of the day, such as \"21:30-08:30\""));
    const auto to = take_time(text);
    if (!to) return std::unexpected(to.error());
    if (!text.empty()) return std::unexpected(std::string("expected a span of the day, such as \"21:30-08:30\""));
    if (*from == 24 * 60) return std::unexpected(std::string("begins at 24:00: that is 00:00 of the next day"));
    if (*from == *to) {
        return std::unexpected(
            std::string("begins and ends at the same time: it may mean nothing (then leave it out) "
                        "or the whole day (then write \"00:00-24:00\")"));
    }
    return Span{*from, *to};
}

std::string show_span(Span span) {
    return fmt::format("{:02}:{:02}-{:02}:{:02}", span.from / 60, span.from % 60, span.to / 60, span.to % 60);
}

std::expected<Timestamp, std::string> parse_moment(std::string_view text) {
    namespace chr = std::chrono;
    const auto bad = [] { return std::unexpected(std::string(moment_expected)); };
    int part[6] = {};
    constexpr std::string_view before[6] = {"", "-", "-", "Tt ", ":", ":"};
    for (int i = 0; i < 6; ++i) {
        if (i > 0 && !take(text, before[i])) return bad();
        const auto value = take_digits(text, i == 0 ? 4 : 2);
        if (!value) return bad();
        part[i] = *value;
    }
    const chr::year_month_day day{chr::year(part[0]), chr::month(static_cast<unsigned>(part[1])),
                                  chr::day(static_cast<unsigned>(part[2]))};
    const auto offset = take_offset(text);
    if (!offset || !text.empty() || !day.ok() || part[3] > 23 || part[4] > 59 || part[5] > 59) return bad();
    return Timestamp(chr::sys_days(day)) + chr::hours(part[3]) + chr::minutes(part[4] - *offset) +
           chr::seconds(part[5]);
}

std::string show_moment(Timestamp at) {
    namespace chr = std::chrono;
    const auto midnight = chr::floor<chr::days>(at);
    const chr::year_month_day day(midnight);
    const auto second = chr::duration_cast<chr::seconds>(at - midnight).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(day.year()),
                       static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), second / 3600,
                       second / 60 % 60, second % 60);
}

std::expected<std::uint64_t, std::string> parse_size(std::string_view text) {
    const auto number = take_number(text);
    const auto name = take_letters(text);
    if (!number || !text.empty())
        return std::unexpected(std::string("expected a size, such as \"10MiB\" or \"512KiB\""));
    for (const auto& unit : sizes) {
        if (unit.name != name) continue;
        if (*number > (std::uint64_t{1} << 62U) / unit.factor) return std::unexpected(std::string("is too large"));
        return *number * unit.factor;
    }
    for (const char letter : {'K', 'M', 'G'}) {
        if (name.size() == 1 && (name[0] & ~0x20) == letter) {
            const char prefix = letter;
            return std::unexpected(
                fmt::format("may mean \"{}{}B\" (thousands) or \"{}{}iB\" (1024s)", *number, prefix, *number, prefix));
        }
    }
    return std::unexpected(std::string("expected a size, such as \"10MiB\" or \"512KiB\""));
}

}  // namespace chapar::config
