#pragma once
// Where a setting of a route stands in the files, for those who judge settings later than the configuration's reader.
// Reads the files again; any thread.

#include <string>
#include <string_view>

#include "config/load.hpp"

namespace chapar::config {

/// `text` as a problem at `key` of [route.settings] of the route; at the route when the key is not there or empty.
Problem problem_of_route(const std::string& path, std::string_view route, std::string_view key, std::string text);

/// The same of a key of [[webhook]].
Problem problem_of_webhook(const std::string& path, std::string_view webhook, std::string_view key, std::string text);

}  // namespace chapar::config
