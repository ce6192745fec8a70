#include "config/rule_values.hpp"

#include "config/suggest.hpp"
#include "config/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 4> units{"hour", "day", "week", "month"};
constexpr std::string_view window_expected =
    "{ rolling = \"24h\" }, { calendar = \"week\" }, { since_event = \"order\" }, { until = \"MOMENT\" } or "
    "\"lifetime\"";

/// A key that says something only beside another one.
void belongs_to(Reading& reading, const Slot& slot, std::string_view key, bool fits, std::string_view other) {
    const auto* member = slot.node.find(key);
    if (member != nullptr && !fits)
        reading.problem(member->place, fmt::format("{}: {} says nothing without {}", slot.name, key, other));
}

void take_until(Reading& reading, const Slot& slot, Window& out) {
    const auto& value = slot.node.find("until")->value;
    const auto at = parse_moment(value.text);
    if (!at) return reading.problem(value.place, fmt::format("until = \"{}\": {}", value.text, at.error()));
    out.kind = Window::Kind::until;
    out.until = *at;
}

void take_calendar(const WindowTable& table, Window& out) {
    out.kind = Window::Kind::calendar;
    out.unit = static_cast<Window::Unit>(std::ranges::find(units, table.calendar) - units.begin());
    out.zone = table.zone;
    out.jalali = table.system == "jalali";
    out.week_starts = static_cast<int>(std::ranges::find(weekdays, table.week_starts) - weekdays.begin());
}

void take_window(Reading& reading, const Slot& slot, const WindowTable& table, Window& out) {
    const auto& node = slot.node;
    int kinds = 0;
    for (const auto* kind : {"rolling", "calendar", "since_event", "until"})
        kinds += node.find(kind) != nullptr ? 1 : 0;
    if (kinds != 1) {
        return reading.problem(node.place,
                               fmt::format("{} names {} of rolling, calendar, since_event and until: expected "
                                           "one of {}",
                                           slot.name, kinds == 0 ? "none" : "several", window_expected));
    }
    belongs_to(reading, slot, "grace", node.find("rolling") != nullptr, "rolling");
    belongs_to(reading, slot, "zone", node.find("calendar") != nullptr, "calendar");
    belongs_to(reading, slot, "week_starts", table.calendar == "week", "calendar = \"week\"");
    belongs_to(reading, slot, "system", table.calendar == "month", "calendar = \"month\"");
    if (node.find("calendar") != nullptr) return take_calendar(table, out);
    if (node.find("until") != nullptr) return take_until(reading, slot, out);
    if (node.find("since_event") != nullptr) {
        out.kind = Window::Kind::since_event;
        out.event = table.since_event;
        return;
    }
    out.kind = Window::Kind::rolling;
    out.length = table.rolling;
    out.grace = table.grace;
    if (out.grace >= out.length) {
        reading.problem(node.place,
                        fmt::format("{}: grace ({}) is not shorter than rolling ({}), so nothing would count",
                                    slot.name, show_duration(out.grace), show_duration(out.length)));
    }
}

}  // namespace

void read_value(Reading& reading, const Slot& slot, Window& out) {
    if (slot.node.type == Node::Type::text) {
        if (slot.node.text == "lifetime") {
            out.kind = Window::Kind::lifetime;
            return;
        }
        return reading.problem(slot.node.place,
                               fmt::format("{} = \"{}\": expected {}", slot.name, slot.node.text, window_expected));
    }
    if (slot.node.type != Node::Type::table) return expect(reading, slot, window_expected);
    // A moment may also be written as TOML's own; read_table wants a string.
    Node node = slot.node;
    if (auto until = std::ranges::find(node.table, "until", &Member::key);
        until != node.table.end() && until->value.type == Node::Type::date) {
        until->value.type = Node::Type::text;
    }
    const Slot judged{slot.name, slot.path, node, slot.rule};
    WindowTable table;
    const auto before = reading.problems.size();
    read_table(reading, node, slot.path, table);
    if (reading.problems.size() == before) take_window(reading, judged, table, out);
}

std::string show(const Window& value, const Rule&) {
    switch (value.kind) {
        case Window::Kind::rolling:
            return value.grace.count() == 0 ? fmt::format("{{ rolling = \"{}\" }}", show_duration(value.length))
                                            : fmt::format("{{ rolling = \"{}\", grace = \"{}\" }}",
                                                          show_duration(value.length), show_duration(value.grace));
        case Window::Kind::calendar: {
            const auto unit = units[static_cast<std::size_t>(value.unit)];
            auto out = fmt::format("{{ calendar = \"{}\", zone = \"{}\"", unit, value.zone);
            if (value.unit == Window::Unit::week)
                out += fmt::format(", week_starts = \"{}\"", weekdays[static_cast<std::size_t>(value.week_starts)]);
            if (value.unit == Window::Unit::month)
                out += fmt::format(", system = \"{}\"", value.jalali ? "jalali" : "gregorian");
            return out + " }";
        }
        case Window::Kind::since_event:
            return fmt::format("{{ since_event = \"{}\" }}", value.event);
        case Window::Kind::lifetime:
            return "\"lifetime\"";
        case Window::Kind::until:
            return fmt::format("{{ until = \"{}\" }}", show_moment(value.until));
    }
    return {};
}

void read_value(Reading& reading, const Slot& slot, std::vector<Span>& out) {
    if (slot.node.type != Node::Type::list) return expect(reading, slot, "a list of spans, such as [\"21:30-08:30\"]");
    out.clear();
    for (std::size_t i = 0; i < slot.node.list.size(); ++i) {
        const auto& element = slot.node.list[i];
        if (element.type != Node::Type::text) {
            reading.problem(element.place, fmt::format("{}, element {}, is {}: expected a span in quotes, such as "
                                                       "\"21:30-08:30\"",
                                                       slot.name, i + 1, element.described()));
            continue;
        }
        if (const auto span = parse_span(element.text)) {
            out.push_back(*span);
        } else {
            reading.problem(element.place,
                            fmt::format("{}, element {}, = \"{}\": {}", slot.name, i + 1, element.text, span.error()));
        }
    }
}

std::string show(const std::vector<Span>& value, const Rule&) {
    std::string out;
    for (const auto span : value)
        out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", show_span(span));
    return "[" + out + "]";
}

void read_weekly(Reading& reading, const Slot& slot, QuietSettings& out) {
    if (slot.node.type != Node::Type::table) {
        return expect(reading, slot, "a table, such as { every = [\"21:30-08:30\"], friday = [\"21:30-10:00\"] }");
    }
    WeeklyTable table;
    read_table(reading, slot.node, slot.path, table);
    for (std::size_t day = 0; day < weekdays.size(); ++day)
        out.weekly[day] = slot.node.find(weekdays[day]) != nullptr ? table.*weekday_members[day] : table.every;
}

std::string show_weekly(const QuietSettings& quiet) {
    if (std::ranges::all_of(quiet.weekly, [&](const auto& day) { return day == quiet.weekly[0]; }))
        return quiet.weekly[0].empty() ? "none" : fmt::format("{{ every = {} }}", show(quiet.weekly[0], Rule{}));
    std::string out;
    for (std::size_t day = 0; day < weekdays.size(); ++day) {
        if (!quiet.weekly[day].empty())
            out += fmt::format("{}{} = {}", out.empty() ? " " : ", ", weekdays[day], show(quiet.weekly[day], Rule{}));
    }
    return "{" + out + " }";
}

}  // namespace chapar::config
