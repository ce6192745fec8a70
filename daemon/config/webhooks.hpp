#pragma once
// What the keys of [[webhook]] must look like and agree with. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "config/values.hpp"

namespace chapar::config {

/// "message.delivered", "message.*" or "*"; what is nearly a type of ours is refused.
std::string check_event_pattern(const std::string& text);
std::string check_retry(const std::string& text);
/// "10.0.0.0/8", "fd00::/8", or one address.
std::string check_network(const std::string& text);

/// Secrets, and the application that is named.
void check_webhooks(const Settings& settings, Reading& reading);

/// What may go wrong later though nothing is wrong now, a sentence each.
std::vector<std::string> webhook_warnings(const Settings& settings);

}  // namespace chapar::config
