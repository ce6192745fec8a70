#pragma once
// Who an SMS may come from. Pure; any thread. Source: TS 23.040, 9.1.2.5.

#include <string_view>

namespace chapar::config {

/// A telephone number or short code (3 to 20 digits, perhaps with a plus), or a name: at most 11 letters, digits,
/// blanks and . & _ -, a letter among them.
bool is_sms_sender(std::string_view text);
inline constexpr std::string_view sms_sender_expected =
    "expected a telephone number, a short code of 3 to 20 digits, or a name of at most 11 letters and digits";

}  // namespace chapar::config
