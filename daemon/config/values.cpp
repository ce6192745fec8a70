#include "config/values.hpp"

#include "config/keys.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 4> priorities{"critical", "high", "normal", "bulk"};
constexpr std::array<std::string_view, 2> doubts{"retry", "hold"};
constexpr std::array<std::string_view, 3> requirements{"none", "no_opt_out", "consent"};
constexpr std::array<std::string_view, 3> measures{"messages", "segments", "cost"};
constexpr std::array<std::string_view, 3> stages{"reserved", "handed_off", "delivered"};

/// Zero and range; `shown` is how the range's ends are written.
template <class Show>
bool within(Reading& reading, const Slot& slot, double value, Show shown) {
    if (value == 0 && !slot.rule.zero.empty()) {
        reading.problem(slot.node.place, fmt::format("{} = 0 {}", slot.name, slot.rule.zero));
        return false;
    }
    if (value >= slot.rule.min && value <= slot.rule.max) return true;
    const auto range = std::isinf(slot.rule.max) ? fmt::format("at least {}", shown(slot.rule.min))
                                                 : fmt::format("{} to {}", shown(slot.rule.min), shown(slot.rule.max));
    reading.problem(slot.node.place, fmt::format("{} = {}: expected {}", slot.name, shown(value), range));
    return false;
}

/// A number in quotes is the commonest slip: say so.
std::string_view number_hint(const Node& node) {
    const bool digits = node.type == Node::Type::text && !node.text.empty() &&
                        std::ranges::all_of(node.text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
    return digits ? ", without quotes" : "";
}

std::string show_size(std::uint64_t bytes) {
    struct Unit {
        std::uint64_t bytes;
        std::string_view name;
    };
    for (const auto& [unit, name] : {Unit{1ULL << 30, "GiB"}, Unit{1ULL << 20, "MiB"}, Unit{1ULL << 10, "KiB"}}) {
        if (bytes != 0 && bytes % unit == 0) return fmt::format("{}{}", bytes / unit, name);
    }
    return fmt::format("{}", bytes);
}

template <class Count>
void read_count(Reading& reading, const Slot& slot, Count& out) {
    if (slot.node.type != Node::Type::integer) {
        const auto what = slot.rule.unit.empty() ? std::string("a whole number")
                                                 : fmt::format("a whole number of {}", slot.rule.unit);
        return expect(reading, slot, fmt::format("{}{}", what, number_hint(slot.node)));
    }
    const auto shown = [](double v) { return fmt::format("{:.0f}", v); };
    Rule capped = slot.rule;
    capped.max = std::min(capped.max, static_cast<double>(std::numeric_limits<std::int32_t>::max()));
    const Slot judged{slot.name, slot.path, slot.node, capped};
    if (within(reading, judged, static_cast<double>(slot.node.integer), shown))
        out = static_cast<Count>(slot.node.integer);
}

void check_text(Reading& reading, const std::string& name, const Node& node, const Rule& rule) {
    if (rule.check == nullptr) return;
    if (const auto expected = rule.check(node.text); !expected.empty()) {
        reading.problem(node.place, fmt::format("{} = \"{}\": {}", name, node.text, expected));
    }
}

}  // namespace

// clang-format off
template <> std::span<const std::string_view> words_of<Priority>() { return priorities; }
template <> std::span<const std::string_view> words_of<OnDoubt>() { return doubts; }
template <> std::span<const std::string_view> words_of<Requires>() { return requirements; }
template <> std::span<const std::string_view> words_of<CapSettings::CountBy>() { return measures; }
template <> std::span<const std::string_view> words_of<CapSettings::Counts>() { return stages; }
// clang-format on

void expect(Reading& reading, const Slot& slot, std::string_view expected) {
    reading.problem(slot.node.place, fmt::format("{} is {}: expected {}", slot.name, slot.node.described(), expected));
}

std::optional<std::size_t> read_choice(Reading& reading, const Slot& slot, std::span<const std::string_view> words) {
    if (slot.node.type != Node::Type::text) {
        expect(reading, slot, fmt::format("one of {}, in quotes", listed(words)));
        return std::nullopt;
    }
    const auto at = std::ranges::find(words, slot.node.text);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    const auto near = nearest(slot.node.text, words);
    reading.problem(slot.node.place,
                    fmt::format("{} = \"{}\": expected one of {}{}", slot.name, slot.node.text, listed(words),
                                near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
    return std::nullopt;
}

std::string show_duration(Milliseconds value) {
    struct Unit {
        std::int64_t ms;
        std::string_view name;
    };
    for (const auto& [ms, name] : {Unit{86'400'000, "d"}, Unit{3'600'000, "h"}, Unit{60'000, "m"}, Unit{1000, "s"}}) {
        if (value.count() != 0 && value.count() % ms == 0 && !(name == "d" && value.count() <= 3 * ms)) {
            return fmt::format("{}{}", value.count() / ms, name);
        }
    }
    return value.count() == 0 ? "0s" : fmt::format("{}ms", value.count());
}

void read_value(Reading& reading, const Slot& slot, bool& out) {
    if (!slot.rule.choices.empty()) {
        if (const auto index = read_choice(reading, slot, slot.rule.choices)) out = *index == 1;
        return;
    }
    if (slot.node.type != Node::Type::flag) return expect(reading, slot, "true or false, without quotes");
    out = slot.node.flag;
}

void read_value(Reading& reading, const Slot& slot, std::string& out) {
    if (slot.rule.is_free_table) {
        if (slot.node.type != Node::Type::table) return expect(reading, slot, "a table of the plugin's own keys");
        out = to_json(slot.node, reading.problems);
        return;
    }
    if (!slot.rule.choices.empty()) {
        if (read_choice(reading, slot, slot.rule.choices)) out = slot.node.text;
        return;
    }
    if (slot.node.type != Node::Type::text) return expect(reading, slot, "a string, in quotes");
    check_text(reading, slot.name, slot.node, slot.rule);
    out = slot.node.text;
}

void read_value(Reading& reading, const Slot& slot, std::vector<std::string>& out) {
    if (slot.node.type != Node::Type::list) {
        return expect(reading, slot, "a list of strings, such as [\"a\", \"b\"]");
    }
    out.clear();
    for (const auto& element : slot.node.list) {
        const auto index = out.size();
        reading.places[fmt::format("{}.{}", slot.path, index)] = element.place;
        if (element.type != Node::Type::text) {
            reading.problem(element.place, fmt::format("{}, element {}, is {}: expected a string, in quotes", slot.name,
                                                       index + 1, element.described()));
        } else {
            check_text(reading, fmt::format("{}, element {},", slot.name, index + 1), element, slot.rule);
            if (std::ranges::find(out, element.text) != out.end()) {
                reading.problem(element.place, fmt::format("{} names \"{}\" twice", slot.name, element.text));
            }
        }
        out.push_back(element.text);
    }
}

void read_value(Reading& reading, const Slot& slot, double& out) {
    double value = slot.node.number;
    if (slot.node.type == Node::Type::integer) {
        value = static_cast<double>(slot.node.integer);
    } else if (slot.node.type != Node::Type::number || !std::isfinite(value)) {
        const auto what =
            slot.rule.unit.empty() ? std::string("a number") : fmt::format("a number of {}", slot.rule.unit);
        return expect(reading, slot, fmt::format("{}{}", what, number_hint(slot.node)));
    }
    if (within(reading, slot, value, [](double v) { return fmt::format("{}", v); })) out = value;
}

void read_value(Reading& reading, const Slot& slot, std::uint32_t& out) { read_count(reading, slot, out); }

void read_value(Reading& reading, const Slot& slot, std::uint64_t& out) {
    if (!slot.rule.is_size) return read_count(reading, slot, out);
    std::uint64_t bytes = 0;
    if (slot.node.type == Node::Type::integer && slot.node.integer >= 0) {
        bytes = static_cast<std::uint64_t>(slot.node.integer);
    } else if (slot.node.type == Node::Type::text) {
        const auto parsed = parse_size(slot.node.text);
        if (!parsed) {
            return reading.problem(slot.node.place,
                                   fmt::format("{} = \"{}\": {}", slot.name, slot.node.text, parsed.error()));
        }
        bytes = *parsed;
    } else {
        return expect(reading, slot, "a size, such as \"10MiB\" or a whole number of bytes");
    }
    const auto shown = [](double v) { return show_size(static_cast<std::uint64_t>(v)); };
    if (within(reading, slot, static_cast<double>(bytes), shown)) out = bytes;
}

void read_value(Reading& reading, const Slot& slot, Milliseconds& out) {
    if (slot.node.type == Node::Type::integer && slot.node.integer != 0) {
        const auto n = slot.node.integer;
        return reading.problem(slot.node.place,
                               fmt::format("{} = {} has no unit: it may mean \"{}s\" or \"{}m\"", slot.name, n, n, n));
    }
    if (slot.node.type != Node::Type::text && slot.node.type != Node::Type::integer) {
        return expect(reading, slot, "a duration, such as \"30s\", \"5m\", \"72h\" or \"1d\"");
    }
    Milliseconds value{0};
    if (slot.node.type == Node::Type::text) {
        const auto parsed = parse_duration(slot.node.text);
        if (!parsed) {
            return reading.problem(slot.node.place,
                                   fmt::format("{} = \"{}\": {}", slot.name, slot.node.text, parsed.error()));
        }
        value = *parsed;
    }
    const auto shown = [](double v) { return "\"" + show_duration(Milliseconds(static_cast<std::int64_t>(v))) + "\""; };
    if (within(reading, slot, static_cast<double>(value.count()), shown)) out = value;
}

void read_value(Reading& reading, const Slot& slot, Backoff& out) {
    if (slot.node.type != Node::Type::table) {
        return expect(reading, slot, "a table, such as { first = \"30s\", max = \"1h\" }");
    }
    read_table(reading, slot.node, slot.path, out);
    if (out.first > out.max) {
        reading.problem(slot.node.place, fmt::format("{}: first ({}) is longer than max ({})", slot.name,
                                                     show_duration(out.first), show_duration(out.max)));
    }
}

std::string show(bool value, const Rule& rule) {
    if (!rule.choices.empty()) return fmt::format("\"{}\"", rule.choices[value ? 1 : 0]);
    return value ? "true" : "false";
}

std::string show(const std::string& value, const Rule& rule) {
    return rule.is_free_table ? value : fmt::format("\"{}\"", value);
}

std::string show(const std::vector<std::string>& value, const Rule&) {
    std::string out;
    for (const auto& element : value)
        out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", element);
    return "[" + out + "]";
}

std::string show(double value, const Rule&) { return fmt::format("{}", value); }
std::string show(std::uint32_t value, const Rule&) { return fmt::format("{}", value); }

std::string show(std::uint64_t value, const Rule& rule) {
    if (!rule.is_size || value < 1024) return fmt::format("{}", value);
    return fmt::format("\"{}\"", show_size(value));
}

std::string show(Milliseconds value, const Rule&) { return fmt::format("\"{}\"", show_duration(value)); }

std::string show(const Backoff& value, const Rule&) {
    return fmt::format("{{ first = \"{}\", max = \"{}\" }}", show_duration(value.first), show_duration(value.max));
}

}  // namespace chapar::config
