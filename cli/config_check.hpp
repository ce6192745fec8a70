#pragma once
// What a configuration names outside of its files: plugins, their settings and secrets, users, groups, folders.
// `chapar config check` finds here what would end the daemon's start.

#include <string>
#include <vector>

#include "config/load.hpp"

namespace chapar::cli {

/// Every problem, none of them twice. The plugins are loaded in a child process.
std::vector<config::Problem> surroundings(const std::string& file, const config::Settings& settings);

}  // namespace chapar::cli
