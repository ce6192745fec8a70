#pragma once
// Who a message may come from. Pure; any thread. Source for SMS: TS 23.040, 9.1.2.5.

#include <string_view>

#include "config/settings.hpp"

namespace chapar::config {

/// A telephone number or short code (3 to 20 digits, perhaps with a plus), or a name: at most 11 letters, digits,
/// blanks and . & _ -, a letter among them.
bool is_sms_sender(std::string_view text);
inline constexpr std::string_view sms_sender_expected =
    "expected a telephone number, a short code of 3 to 20 digits, or a name of at most 11 letters and digits";

/// A route of the plugin email that gives a mail no From: the request or the template must.
bool lacks_from(const RouteSettings& route);

}  // namespace chapar::config
