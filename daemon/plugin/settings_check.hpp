#pragma once
// What a route's settings would come to at the start: every problem that the schema, the secrets, the files and the
// plugin itself have with them, at once. Nothing leaves the process. Runs on the calling thread.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugin/schema.hpp"

extern "C" struct chapar_plugin;

namespace chapar::plugin {

/// `config_json`: [route.settings]. The plugin is made once, with a host that reaches nothing.
std::vector<SettingProblem> check_settings(const chapar_plugin& table, std::string_view config_json);

/// The secrets that the settings name, by key.
std::vector<std::pair<std::string, std::string>> secrets_in(const chapar_plugin& table, std::string_view config_json);

}  // namespace chapar::plugin
