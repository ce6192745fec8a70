#pragma once
// How the texts of an SMS route travel, as far as that decides how many segments they take. Pure; any thread.

#include "config/settings.hpp"
#include "sms_text/plan.hpp"

namespace chapar::config {

/// From the settings that the plugins for SMS share: national, latin1, smart, long_messages. What is not among them, or
/// is of another kind than those plugins accept, counts as not said.
sms::TextOptions text_options(const RouteSettings& route);

}  // namespace chapar::config
