#pragma once
// The settings of a route against the schema that its plugin declares. Pure functions.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chapar::plugin {

struct SettingProblem {
    std::string key;   // empty: of the settings as a whole
    std::string text;  // what is wrong, what was expected and the nearest known key
};

/// What the plugin gets, and all that is wrong with what was given.
struct Normalised {
    std::string json;  // meaningful only without a problem
    std::vector<SettingProblem> problems;
    bool is_plugins_fault = false;  // its schema or a default of it is wrong
};
Normalised read_settings(std::string_view config_json, std::string_view schema_json);

/// The keys whose values are of `type`.
std::vector<std::string> settings_of_type(std::string_view schema_json, std::string_view type);

/// `config_json`: one JSON object, as written by the operator. The value is what the plugin gets: flat, defaults filled
/// in, durations as integer milliseconds. Code::bad_config with all that is wrong.
Result<std::string> normalise(std::string_view config_json, std::string_view schema_json);

}  // namespace chapar::plugin
