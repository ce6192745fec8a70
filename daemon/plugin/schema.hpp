#pragma once
// The settings of a route against the schema that its plugin declares. Pure functions.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chapar::plugin {

/// `config_json`: one JSON object, as written by the operator. The value is what the plugin gets: flat, defaults filled
/// in, durations as integer milliseconds. Code::bad_config with the key, what was expected and the nearest known key.
Result<std::string> normalise(std::string_view config_json, std::string_view schema_json);

}  // namespace chapar::plugin
