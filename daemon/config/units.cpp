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
