#pragma once
// What a provider's code means, as settings and descriptions write it. Pure.

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "chapar/plugin.hpp"

namespace chapar::sms {

struct Ruling {
    Verdict verdict = Verdict::unknown;
    Blame blame = Blame::nobody;
    bool blocked = false;  // the operator's or provider's list of people who want no advertising
    bool operator==(const Ruling&) const = default;
};

/// "retry/lane", "accepted", "blocked"; nullopt: not of that form.
inline std::optional<Ruling> parse_ruling(std::string_view text) {
    if (text == "accepted") return Ruling{Verdict::accepted, Blame::nobody};
    if (text == "delivered") return Ruling{Verdict::delivered, Blame::nobody};
    if (text == "blocked") return Ruling{Verdict::rejected, Blame::recipient, true};
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    static constexpr std::pair<std::string_view, Verdict> verdicts[] = {
        {"retry", Verdict::retry}, {"rejected", Verdict::rejected}, {"unknown", Verdict::unknown}};
    static constexpr std::pair<std::string_view, Blame> blames[] = {
        {"message", Blame::message},         {"recipient", Blame::recipient}, {"lane", Blame::lane},
        {"credentials", Blame::credentials}, {"provider", Blame::provider},   {"gone", Blame::gone}};
    const auto* verdict =
        std::ranges::find(verdicts, text.substr(0, slash), &std::pair<std::string_view, Verdict>::first);
    const auto* blame = std::ranges::find(blames, text.substr(slash + 1), &std::pair<std::string_view, Blame>::first);
    if (verdict == std::end(verdicts) || blame == std::end(blames)) return std::nullopt;
    if (blame->second == Blame::gone && verdict->second != Verdict::rejected) return std::nullopt;
    return Ruling{verdict->second, blame->second};
}

}  // namespace chapar::sms
