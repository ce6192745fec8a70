/// The rules that say what a refusal means, read from TOML; docs/email.md is the reference of the file's form.
/// Values; pure functions, any thread.
#pragma once

#include "chapar/values.hpp"
#include "phrase.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::email {

/// A range of enhanced statuses (RFC 3463): "5.1.1", "5.7.*", "*.4.5", "5.7.606-649".
struct StatusRange {
    std::array<std::pair<int, int>, 3> parts;  ///< from, to
    bool holds(std::string_view status) const;
};

/// Every condition that is given must fit.
struct Rule {
    std::string name;
    std::vector<std::pair<int, int>> replies;  ///< codes, from and to
    std::vector<StatusRange> statuses;         ///< empty: any, and none
    std::uint32_t phases = 0;                  ///< bit 1 << Phase
    std::vector<Phrase> text;                  ///< one of these stands in the reply; empty: any text
    std::vector<Phrase> unless;                ///< none of these does
    Verdict verdict = Verdict::retry;
    Blame blame = Blame::provider;
    std::chrono::milliseconds wait{};  ///< before the next try, when the reply names none; zero: the class's backoff
    std::string place;                 ///< "FILE:LINE"
};

using Rules = std::vector<Rule>;

/// Throws BadConfig: "FILE:LINE:COLUMN: what is wrong; what to do".
Rules parse_rules(std::string_view text, const std::string& file);
Rules load_rules(const std::string& file);

/// The text of config/providers/email/replies.toml, built in.
std::string_view shipped_replies();
/// Those, read. The last ones fit every refusal.
const Rules& shipped_rules();

}  // namespace chapar::email
