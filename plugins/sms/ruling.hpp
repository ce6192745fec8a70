#pragma once
// What a provider's code means, as settings and descriptions write it. Pure.

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "chapar/plugin.hpp"

namespace chapar::sms {

struct Ruling {
    Verdict verdict = Verdict::unknown;
    Blame blame = Blame::nobody;
    bool blocked = false;  // the operator's or provider's list of people who want no advertising
    bool sender = false;   // the sender is refused: the message's fault when it brought one, else the route's
    std::chrono::milliseconds wait{};  // before the next try, when the provider names none
    bool operator==(const Ruling&) const = default;
};

/// "90s", "15m", "1h"; nullopt: not of that form.
inline std::optional<std::chrono::milliseconds> parse_wait(std::string_view text) {
    constexpr int longest = 100'000;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 1 || value > longest) return std::nullopt;
    const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
    if (unit == "s") return std::chrono::seconds(value);
    if (unit == "m") return std::chrono::minutes(value);
    if (unit == "h") return std::chrono::hours(value);
    return std::nullopt;
}

/// "retry/lane", "retry/provider 1h", "accepted", "blocked", "sender"; nullopt: not of that form.
inline std::optional<Ruling> parse_ruling(std::string_view text) {
    if (const auto blank = text.find(' '); blank != std::string_view::npos) {
        auto ruling = parse_ruling(text.substr(0, blank));
        const auto wait = parse_wait(text.substr(blank + 1));
        if (!ruling || !wait || ruling->verdict != Verdict::retry) return std::nullopt;
        ruling->wait = *wait;
        return ruling;
    }
    if (text == "sender") return Ruling{Verdict::rejected, Blame::message, false, true, {}};
    if (text == "accepted") return Ruling{Verdict::accepted, Blame::nobody, false, false, {}};
    if (text == "delivered") return Ruling{Verdict::delivered, Blame::nobody, false, false, {}};
    if (text == "blocked") return Ruling{Verdict::rejected, Blame::recipient, true, false, {}};
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
    return Ruling{verdict->second, blame->second, false, false, {}};
}

}  // namespace chapar::sms
