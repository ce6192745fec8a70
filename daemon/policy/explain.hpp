#pragma once
// The policy's words: one plain sentence for each finding. Pure.

#include <string>
#include <string_view>

#include "policy/ask.hpp"

namespace chapar::policy {

/// "Sat 2026-11-21 08:30 (Asia/Tehran)"; seconds where there are some.
std::string moment_words(Timestamp at, const Zone& zone);
/// "دوشنبه ۹ آذر ۱۴۰۵، ۰۵:۳۰:۱۲": by the Iranian calendar, on the wall of `zone`, which is not named.
std::string persian_moment(Timestamp at, const Zone& zone);
/// Its ASCII digits as Persian ones.
std::string persian_digits(std::string_view text);
/// "2 of 3 messages", "1.5 of 10 IRR": what a counter stands at.
std::string counter_words(const config::CapSettings& cap, double counter, double limit);
/// "30 s", "5 min", "36 h", "7 d".
std::string length_words(Milliseconds length);

/// Appends when somebody asked.
void tell(const Ask& ask, Finding finding);
Finding finding(GateName gate, bool passed, const Ask& ask, int step, std::string words);

}  // namespace chapar::policy
