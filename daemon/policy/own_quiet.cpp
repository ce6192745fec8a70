#include <simdjson.h>

#include <algorithm>
#include <array>

#include "policy/quiet.hpp"

namespace chapar::policy {
namespace {

/// "HH:MM", "24:00" for the day's end.
std::optional<int> minutes(std::string_view text) {
    const auto digit = [&text](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
    if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
    const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
    if (minute > 59 || hour * 60 + minute > 1440) return std::nullopt;
    return hour * 60 + minute;
}

std::optional<config::Span> span(std::string_view text) {
    if (text.size() != 11 || text[5] != '-') return std::nullopt;
    const auto from = minutes(text.substr(0, 5)), to = minutes(text.substr(6));
    if (!from || !to || *from == 1440) return std::nullopt;
    return config::Span{*from, *to};
}

}  // namespace

std::array<std::vector<config::Span>, 7> read_own_quiet(std::string_view json) {
    static constexpr std::array<std::string_view, 7> days{"sunday",   "monday", "tuesday", "wednesday",
                                                          "thursday", "friday", "saturday"};
    std::array<std::vector<config::Span>, 7> out;
    static thread_local simdjson::dom::parser parser;
    simdjson::dom::object weekly;
    if (parser.parse(json.data(), json.size())["weekly"].get(weekly) != simdjson::SUCCESS) return out;
    for (const auto field : weekly) {
        simdjson::dom::array spans;
        if (field.value.get(spans) != simdjson::SUCCESS) continue;
        const auto day = std::find(days.begin(), days.end(), field.key) - days.begin();
        for (const auto each : spans) {
            std::string_view text;
            if (each.get(text) != simdjson::SUCCESS) continue;
            const auto read = span(text);
            if (!read) continue;
            for (std::ptrdiff_t d = 0; d < 7; ++d)
                if (field.key == "every" || d == day) out[static_cast<std::size_t>(d)].push_back(*read);
        }
    }
    return out;
}

}  // namespace chapar::policy
