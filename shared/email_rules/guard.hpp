/// The guard against header injection (CVE-2025-7962 and its kind). Everything that goes into a header line passes
/// `header_flaw` first; `may_stand_plain` then decides whether it is written as it is or as encoded words.
/// Pure functions, any thread.
#pragma once

#include <string_view>

namespace chapar::email {

inline constexpr std::size_t max_header_value = 4000;

/// What makes a value unfit for a header, as the end of a sentence ("holds a line break"); empty when it is fit.
/// Unfit: C0 controls but the tab, DEL, C1 controls, U+2028 and U+2029, malformed UTF-8, more than max_header_value
/// bytes.
std::string_view header_flaw(std::string_view value);

/// Visible ASCII in words of bearable length, single spaces between them, and nothing that reads as an encoded word.
bool may_stand_plain(std::string_view value);

}  // namespace chapar::email
