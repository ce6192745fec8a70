#include "config/rule_values.hpp"

#include "config/suggest.hpp"
#include "config/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 6> scopes{"person", "endpoint", "household", "application", "country", "site"};
constexpr std::array<std::string_view, 3> overs{"defer", "drop", "replace_lower"};
constexpr std::array<std::string_view, 2> hits{"hold", "drop"};

constexpr std::string_view over_expected =
    "\"defer\", \"drop\", \"replace_lower\", { switch_channel = [\"push\"] } or { digest = \"KEY\", template = "
    "\"NAME\", every = \"6h\" }";
constexpr std::string_view hit_expected = "\"hold\", \"drop\" or { switch_channel = [\"push\"] }";
constexpr std::string_view scope_expected =
    "\"person\", \"endpoint\", \"household\", \"application\", \"country\", \"site\", { prefix = 7 } or { data = "
    "\"order.id\" }";

/// Which of `words` the text node is. What is none of them, or neither a text nor a table, is a problem.
std::optional<std::size_t> read_word(Reading& reading, const Slot& slot, std::span<const std::string_view> words,
                                     std::string_view expected) {
    if (slot.node.type != Node::Type::text) {
        expect(reading, slot, expected);
        return std::nullopt;
    }
    const auto at = std::ranges::find(words, slot.node.text);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    const auto near = nearest(slot.node.text, words);
    reading.problem(slot.node.place, fmt::format("{} = \"{}\": expected {}{}", slot.name, slot.node.text, expected,
                                                 near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
    return std::nullopt;
}

/// A table that has to hold something.
template <class T>
bool read_filled(Reading& reading, const Slot& slot, T& out, std::string_view expected) {
    if (slot.node.table.empty()) {
        reading.problem(slot.node.place, fmt::format("{} is empty: expected {}", slot.name, expected));
        return false;
    }
    const auto before = reading.problems.size();
    read_table(reading, slot.node, slot.path, out);
    return reading.problems.size() == before;
}

std::string channels_shown(const std::vector<std::string>& channels) {
    return fmt::format("{{ switch_channel = {} }}", show(channels, Rule{}));
}

bool has_channels(Reading& reading, const Slot& slot, const std::vector<std::string>& channels) {
    if (!channels.empty() && channels.size() <= 2) return true;
    reading.problem(slot.node.place, fmt::format("{}: switch_channel names {} channels: expected one or two", slot.name,
                                                 channels.size()));
    return false;
}

void take_digest(Reading& reading, const Slot& slot, OverTable table, CapSettings& out) {
    for (const auto& [missing, key, hint] :
         {std::tuple(table.template_name.empty(), "template", "the template that shows them all"),
          std::tuple(table.every.count() == 0, "every", "how long messages are collected, such as \"6h\"")}) {
        if (!missing) continue;
        reading.problem(slot.node.place, fmt::format("{} = {{ digest = \"{}\" }} has no {}: write {}", slot.name,
                                                     table.digest, key, hint));
    }
    out.over = CapSettings::Over::digest;
    out.digest_key = std::move(table.digest);
    out.digest_template = std::move(table.template_name);
    out.digest_every = table.every;
}

}  // namespace

void read_scope(Reading& reading, const Slot& slot, CapSettings& out) {
    if (slot.node.type != Node::Type::table) {
        if (const auto word = read_word(reading, slot, scopes, scope_expected))
            out.scope = static_cast<CapSettings::Scope>(*word);
        return;
    }
    ScopeTable table;
    if (!read_filled(reading, slot, table, scope_expected)) return;
    if ((table.prefix != 0) == !table.data.empty())
        return reading.problem(slot.node.place, fmt::format("{} is one of data and prefix", slot.name));
    out.scope = table.prefix != 0 ? CapSettings::Scope::prefix : CapSettings::Scope::data;
    out.data_path = std::move(table.data);
    out.prefix_digits = table.prefix;
}

std::string show_scope(const CapSettings& cap) {
    if (cap.scope == CapSettings::Scope::prefix) return fmt::format("{{ prefix = {} }}", cap.prefix_digits);
    if (cap.scope == CapSettings::Scope::data) return fmt::format("{{ data = \"{}\" }}", cap.data_path);
    return fmt::format("\"{}\"", scopes[static_cast<std::size_t>(cap.scope)]);
}

void read_limit(Reading& reading, const Slot& slot, CapSettings& out) {
    const auto& node = slot.node;
    if (node.type == Node::Type::text) {
        if (node.text == "never") {
            out.never = true;
            return;
        }
        return reading.problem(node.place, fmt::format("{} = \"{}\": expected a number without quotes, or \"never\"",
                                                       slot.name, node.text));
    }
    if (node.type != Node::Type::integer && node.type != Node::Type::number)
        return expect(reading, slot, "a number above 0, or \"never\"");
    const double value = node.type == Node::Type::integer ? static_cast<double>(node.integer) : node.number;
    if (value == 0) {
        return reading.problem(node.place,
                               fmt::format("{} = 0 may mean \"never send\" (then write {} = \"never\") or \"no "
                                           "limit\" (then remove the rule)",
                                           slot.name, slot.name));
    }
    if (!(value > 0) || value > 1e12)
        return reading.problem(node.place,
                               fmt::format("{} = {}: expected a number above 0, or \"never\"", slot.name, value));
    out.limit = value;
}

std::string show_limit(const CapSettings& cap) {
    if (cap.never) return "\"never\"";
    return cap.limit > 0 ? fmt::format("{}", cap.limit) : "none";
}

void read_over(Reading& reading, const Slot& slot, CapSettings& out) {
    if (slot.node.type != Node::Type::table) {
        constexpr CapSettings::Over meant[] = {CapSettings::Over::defer, CapSettings::Over::drop,
                                               CapSettings::Over::replace_lower};
        if (const auto word = read_word(reading, slot, overs, over_expected)) out.over = meant[*word];
        return;
    }
    OverTable table;
    if (!read_filled(reading, slot, table, over_expected)) return;
    const bool switches = slot.node.find("switch_channel") != nullptr;
    if (switches == (slot.node.find("digest") != nullptr) || (switches && slot.node.table.size() > 1)) {
        return reading.problem(slot.node.place,
                               fmt::format("{}: expected either {{ switch_channel = [...] }} or {{ digest "
                                           "= \"KEY\", template = \"NAME\", every = \"6h\" }}",
                                           slot.name));
    }
    if (!switches) return take_digest(reading, slot, std::move(table), out);
    if (!has_channels(reading, slot, table.switch_channel)) return;
    out.over = CapSettings::Over::switch_channel;
    out.switch_to = std::move(table.switch_channel);
}

std::string show_over(const CapSettings& cap) {
    switch (cap.over) {
        case CapSettings::Over::defer:
            return "\"defer\"";
        case CapSettings::Over::drop:
            return "\"drop\"";
        case CapSettings::Over::replace_lower:
            return "\"replace_lower\"";
        case CapSettings::Over::switch_channel:
            return channels_shown(cap.switch_to);
        case CapSettings::Over::digest:
            return fmt::format("{{ digest = \"{}\", template = \"{}\", every = \"{}\" }}", cap.digest_key,
                               cap.digest_template, show_duration(cap.digest_every));
    }
    return {};
}

void read_hit(Reading& reading, const Slot& slot, QuietSettings& out) {
    if (slot.node.type != Node::Type::table) {
        if (const auto word = read_word(reading, slot, hits, hit_expected))
            out.on_hit = static_cast<QuietSettings::OnHit>(*word);
        return;
    }
    HitTable table;
    if (!read_filled(reading, slot, table, hit_expected) || !has_channels(reading, slot, table.switch_channel)) return;
    out.on_hit = QuietSettings::OnHit::switch_channel;
    out.switch_to = std::move(table.switch_channel);
}

std::string show_hit(const QuietSettings& quiet) {
    if (quiet.on_hit == QuietSettings::OnHit::switch_channel) return channels_shown(quiet.switch_to);
    return fmt::format("\"{}\"", hits[static_cast<std::size_t>(quiet.on_hit)]);
}

void read_release(Reading& reading, const Slot& slot, QuietSettings& out) {
    if (slot.node.type != Node::Type::table) return expect(reading, slot, "a table, such as { spread = \"30m\" }");
    ReleaseTable table;
    read_table(reading, slot.node, slot.path, table);
    out.spread = table.spread;
}

std::string show_release(const QuietSettings& quiet) {
    return fmt::format("{{ spread = \"{}\" }}", show_duration(quiet.spread));
}

void read_value(Reading& reading, const Slot& slot, Match& out) {
    if (slot.node.type != Node::Type::table)
        return expect(reading, slot, "a table of lists, such as { class = [\"marketing\"] }");
    read_table(reading, slot.node, slot.path, out);
}

std::string show(const Match& value, const Rule&) {
    std::string out;
    for (const auto& key : keys<Match>()) {
        const auto list = show_key(key, value);
        if (list != "[]") out += fmt::format("{}{} = {}", out.empty() ? " " : ", ", key.name, list);
    }
    return out.empty() ? "{}" : "{" + out + " }";
}

}  // namespace chapar::config
