#include "config/reference.hpp"

#include "config/form_settings.hpp"
#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/suggest.hpp"
#include "config/tables.hpp"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

namespace chapar::config {
namespace {

/// What a type accepts when the rule says nothing special.
// clang-format off
std::string type_name(const bool*) { return "true or false"; }
std::string type_name(const std::string*) { return "string"; }
std::string type_name(const std::vector<std::string>*) { return "list of strings"; }
std::string type_name(const double*) { return "number"; }
std::string type_name(const std::uint32_t*) { return "whole number"; }
std::string type_name(const std::uint64_t*) { return "whole number"; }
std::string type_name(const Milliseconds*) { return "duration"; }
std::string type_name(const Backoff*) { return "table { first, max } of durations"; }
std::string type_name(const Money*) { return "amount of money"; }
std::string type_name(const Match*) { return "table of lists"; }
std::string type_name(const Window*) { return "table, or \"lifetime\""; }
std::string type_name(const std::vector<Span>*) { return "list of spans"; }
// clang-format on
template <class E>
    requires std::is_enum_v<E>
std::string type_name(const E*) {
    return listed(words_of<E>());
}

struct TypeName {
    template <class S, class T>
    std::string operator()(T S::*) const {
        return type_name(static_cast<const T*>(nullptr));
    }
    template <class S>
    std::string operator()(const Several<S>& member) const {
        return std::string(member.kind);
    }
};

template <class S>
std::string type_of(const Key<S>& key) {
    if (key.rule.is_free_table) return "table";
    if (key.rule.is_size) return "size";
    if (!key.rule.choices.empty()) return listed(key.rule.choices);
    return std::visit(TypeName{}, key.member);
}

template <class S, class T>
std::string limit_text(T S::*, const Rule& rule, double limit) {
    if constexpr (std::is_same_v<T, Milliseconds>) {
        return show(Milliseconds(static_cast<std::int64_t>(limit)), rule);
    } else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
        return show(static_cast<T>(limit), rule);
    } else {
        return {};
    }
}
template <class S>
std::string limit_text(const Several<S>&, const Rule&, double) {
    return {};
}

/// The ends of the range, written as the values are.
template <class S>
std::string range_of(const Key<S>& key) {
    const auto end = [&](double limit) {
        return std::visit([&](auto member) { return limit_text(member, key.rule, limit); }, key.member);
    };
    if (std::isinf(key.rule.max) || key.rule.max >= 1e9) return {};
    const auto low = end(key.rule.min);
    return low.empty() ? low : fmt::format("{} to {}", low, end(key.rule.max));
}

template <class S>
std::string default_of(const Key<S>& key, const S& bare) {
    if (key.required) return "required";
    if (!key.absent.empty()) return std::string(key.absent);
    if (key.rule.is_free_table) return "empty";
    return show_key(key, bare);
}

std::string in_table(std::string text) {
    for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
        text.insert(at, "\\");
    return text;
}

template <class S>
std::string markdown_section(std::string_view about) {
    const S bare{};
    auto out =
        fmt::format("### `{}`\n\n{}\n\n| key | value | default | meaning |\n|---|---|---|---|\n", title<S>(), about);
    for (const auto& key : keys<S>()) {
        const auto range = range_of(key);
        const bool literal = !key.required && key.absent.empty() && !key.rule.is_free_table;
        const auto value = literal ? "`" + default_of(key, bare) + "`" : default_of(key, bare);
        out += fmt::format("| `{}` | {}{} | {} | {}{} |\n", key.name, in_table(type_of(key)),
                           range.empty() ? "" : ", " + range, value, in_table(std::string(key.help)),
                           key.reload == Reload::needs_restart ? " *Restart.*" : "");
    }
    return out + "\n";
}

/// A line of a manual is at most so long (mandoc -Tlint).
constexpr std::size_t manual_line = 78;

/// A line of its own for each sentence, and none too long, as mdoc wants its text; what it would take for a request is
/// quoted.
std::string mdoc_lines(std::string_view text) {
    std::string out, line;
    const auto end_line = [&] {
        if (line.starts_with('.') || line.starts_with('\'')) out += "\\&";
        out += line + "\n";
        line.clear();
    };
    const auto ends_sentence = [&] {
        const std::size_t last = line.find_last_not_of(")\"'");
        return last != std::string::npos && std::string_view(".!?").find(line[last]) != std::string_view::npos;
    };
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (!line.empty() && (ends_sentence() || line.size() + 1 + word.size() > manual_line)) end_line();
        line += line.empty() ? std::string(word) : " " + std::string(word);
    }
    end_line();
    out.pop_back();
    return out;
}

/// Quotes what mdoc would take for an escape.
std::string mdoc_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c != '`') {
            out += c;
        }
    }
    return out;
}

template <class S>
std::string mdoc_section(std::string_view about) {
    const S bare{};
    // The mark keeps the brackets from being taken for an end.
    auto out = fmt::format(".Ss {}\\&\n{}\n.Bl -tag -width Ds\n", title<S>(), mdoc_lines(mdoc_text(about)));
    for (const auto& key : keys<S>()) {
        const auto range = range_of(key);
        const auto values = fmt::format("{}{}; default: {}.", mdoc_text(type_of(key)),
                                        range.empty() ? "" : ", " + range, mdoc_text(default_of(key, bare)));
        out += fmt::format(".It Cm {}\n{}\n.br\n{}{}\n", key.name, mdoc_lines(mdoc_text(key.help)), mdoc_lines(values),
                           key.reload == Reload::needs_restart ? "\n.br\nA change needs a restart." : "");
    }
    return out + ".El\n";
}

constexpr std::string_view about_class =
    "A kind of message. `otp`, `transactional` and `marketing` exist from the start (see below) and can be changed; a "
    "name of your own adds a class, with these defaults.";
constexpr std::string_view about_application =
    "Who may hand in messages, and which. One table for each; there may be none.";
constexpr std::string_view about_route =
    "A configured plugin: one way out. Of the routes of a channel, the earlier one in the file is preferred.";

constexpr std::string_view about_price =
    "Below a route, as often as there are prices. They decide cheapest-first, `prefer = \"price\"`, caps by cost and "
    "what `chapar cost` says.";
constexpr std::string_view about_cap =
    "How much is too much. A message goes only if every cap that matches has room. Caps count what was sent before "
    "they "
    "were written, too: a new rule holds from the next message on.";
constexpr std::string_view about_match =
    "In a cap or a quiet window: which messages it is about. Within a list any one fits, between lists all must; what "
    "is "
    "left out matches everything.";
constexpr std::string_view about_over =
    "In a cap: what happens to a message that does not fit. A word: `\"defer\"` (it waits), `\"drop\"` (it ends), "
    "`\"replace_lower\"` (a waiting one of lower priority gives its slot up, else it waits). Or a table of these keys.";
constexpr std::string_view about_quiet =
    "When not to disturb. Windows add up: a message waits while any that matches is quiet.";
constexpr std::string_view about_weekly =
    "In a quiet window: spans like `\"21:30-08:30\"`, which may cross midnight and belong to the day on which they "
    "begin. At most 20 hours may be quiet in a row.";
constexpr std::string_view about_plan =
    "A named order of channels: `\"channels\": \"NAME\"` in a request. `cheapest-first` and `reach-first` always "
    "exist: "
    "the person's channels by cost or by reach.";

template <class Section>
std::string all_sections(Section section) {
    return section.template operator()<DaemonSettings>("The daemon itself.") +
           section.template operator()<LogSettings>(
               "What it writes about itself; docs/messages.md explains each line.") +
           section.template operator()<SocketSettings>(
               "Where applications hand in messages, and what a request may cost.") +
           section.template operator()<InboundSettings>(
               "Where providers bring receipts and messages from people (webhooks): `PATH/ROUTE/...`, as the route's "
               "plugin says.") +
           section.template operator()<WebSettings>(
               "Where people's browsers come: links and pictures of mails, short links, pages (docs/engagement.md).") +
           section.template operator()<MetricsSettings>(
               "Where a monitoring system reads the metrics; docs/monitoring.md tells what they say.") +
           section.template operator()<StoreSettings>("Where accepted messages are kept.") +
           section.template operator()<QueueSettings>("How much waits in memory.") +
           section.template operator()<SandboxSettings>(
               "Where messages with `\"test\": true` go: a route that every site has and that sends nothing; "
               "docs/testing.md tells how it acts.") +
           section.template operator()<ClassSettings>(about_class) +
           section.template operator()<ApplicationSettings>(about_application) +
           section.template operator()<RouteSettings>(about_route) +
           section.template operator()<PriceSettings>(about_price) +
           section.template operator()<ReceiverSettings>(
               "A plugin that sends nothing and hears what others say of our messages: bounces and complaints of mails "
               "(docs/bounces.md).") +
           section.template operator()<WebhookSettings>(
               "Who is told of events by HTTP, signed as Standard Webhooks say (docs/webhooks.md). One table for "
               "each.") +
           section.template operator()<ConversionSettings>(
               "What people do that messages are credited with (docs/reports.md).") +
           section.template operator()<PolicySettings>("What all rules share; docs/policy.md tells how they work.") +
           section.template operator()<CapSettings>(about_cap) + section.template operator()<Match>(about_match) +
           section.template operator()<WindowTable>(
               "In a cap: what time is counted. One of rolling, calendar, since_event and until, or the word "
               "`\"lifetime\"`.") +
           section.template operator()<OverTable>(about_over) +
           section.template operator()<QuietSettings>(about_quiet) +
           section.template operator()<WeeklyTable>(about_weekly) +
           section.template operator()<ChannelSettings>("What a channel costs and how many it reaches.") +
           section.template operator()<PlanSettings>(about_plan) +
           section.template operator()<CategorySettings>(
               "What people may choose on the page of preferences; docs/engagement.md shows it. A consent's topic is "
               "its "
               "name.") +
           section.template operator()<FormSettings>(
               "A file for each form by which people subscribe, in the folder `_forms` beside the templates; its name "
               "is in the address `/s/NAME`.");
}

/// The built-in classes, column by column of the class keys.
std::string built_in_classes() {
    std::string out = "The built-in classes:\n\n| class |", line = "\n|---|";
    for (const auto& key : keys<ClassSettings>()) {
        out += fmt::format(" {} |", key.name);
        line += "---|";
    }
    out += line + "\n";
    for (const auto& [name, settings] : defaults().classes) {
        out += fmt::format("| `{}` |", name);
        for (const auto& key : keys<ClassSettings>()) {
            const auto value = show_key(key, settings);
            const bool absent = !key.absent.empty() && value == show_key(key, ClassSettings{});
            out += fmt::format(" {} |", absent ? key.absent : value);
        }
        out += "\n";
    }
    return out;
}

}  // namespace

std::string reference_markdown() {
    return all_sections([]<class S>(std::string_view about) { return markdown_section<S>(about); }) +
           built_in_classes();
}

std::string reference_mdoc() {
    return all_sections([]<class S>(std::string_view about) { return mdoc_section<S>(about); });
}

}  // namespace chapar::config
