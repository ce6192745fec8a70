#include "config/reference.hpp"

#include "config/keys.hpp"
#include "config/load.hpp"
#include "config/suggest.hpp"

#include <fmt/format.h>

#include <cmath>
#include <type_traits>

namespace chapar::config {
namespace {

/// What a member's type accepts when the rule says nothing special.
struct TypeName {
    template <class S>
    std::string_view operator()(bool S::*) const {
        return "true or false";
    }
    template <class S>
    std::string_view operator()(std::string S::*) const {
        return "string";
    }
    template <class S>
    std::string_view operator()(std::vector<std::string> S::*) const {
        return "list of strings";
    }
    template <class S>
    std::string_view operator()(double S::*) const {
        return "number";
    }
    template <class S>
    std::string_view operator()(std::uint32_t S::*) const {
        return "whole number";
    }
    template <class S>
    std::string_view operator()(std::uint64_t S::*) const {
        return "whole number";
    }
    template <class S>
    std::string_view operator()(Milliseconds S::*) const {
        return "duration";
    }
    template <class S>
    std::string_view operator()(Priority S::*) const {
        return "critical, high, normal or bulk";
    }
    template <class S>
    std::string_view operator()(OnDoubt S::*) const {
        return "retry or hold";
    }
    template <class S>
    std::string_view operator()(Backoff S::*) const {
        return "table { first, max } of durations";
    }
};

template <class S>
std::string type_of(const Key<S>& key) {
    if (key.rule.is_free_table) return "table";
    if (key.rule.is_size) return "size";
    if (!key.rule.choices.empty()) return listed(key.rule.choices);
    return std::string(std::visit(TypeName{}, key.member));
}

/// The ends of the range, written as the values are.
template <class S>
std::string range_of(const Key<S>& key) {
    const auto end = [&](double limit) {
        return std::visit(
            [&](auto member) {
                using T = std::remove_cvref_t<decltype(std::declval<S&>().*member)>;
                if constexpr (std::is_same_v<T, Milliseconds>) {
                    return show(Milliseconds(static_cast<std::int64_t>(limit)), key.rule);
                } else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
                    return show(static_cast<T>(limit), key.rule);
                } else {
                    return std::string();
                }
            },
            key.member);
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

/// Quotes what mdoc would take for a macro or an argument's end.
std::string mdoc_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\') {
            out += "\\e";
        } else if (c != '`') {
            out += c;
        }
    }
    return !out.empty() && (out.front() == '.' || out.front() == '\'') ? "\\&" + out : out;
}

template <class S>
std::string mdoc_section(std::string_view about) {
    const S bare{};
    auto out = fmt::format(".Ss {}\n{}\n.Bl -tag -width Ds\n", title<S>(), mdoc_text(about));
    for (const auto& key : keys<S>()) {
        const auto range = range_of(key);
        out += fmt::format(".It Cm {}\n{}\n.br\n{}{}; default: {}.{}\n", key.name, mdoc_text(key.help),
                           mdoc_text(type_of(key)), range.empty() ? "" : ", " + range, mdoc_text(default_of(key, bare)),
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

template <class Section>
std::string all_sections(Section section) {
    return section.template operator()<DaemonSettings>("The daemon itself.") +
           section.template operator()<LogSettings>(
               "What it writes about itself; docs/messages.md explains each line.") +
           section.template operator()<SocketSettings>(
               "Where applications hand in messages, and what a request may cost.") +
           section.template operator()<StoreSettings>("Where accepted messages are kept.") +
           section.template operator()<QueueSettings>("How much waits in memory.") +
           section.template operator()<ClassSettings>(about_class) +
           section.template operator()<ApplicationSettings>(about_application) +
           section.template operator()<RouteSettings>(about_route);
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
        for (const auto& key : keys<ClassSettings>())
            out += fmt::format(" {} |", show_key(key, settings));
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
