#pragma once
// Whose network an address is in: the files of networks_dir. Read once, at the start.

#include <string>

#include "engage/networks.hpp"

namespace chapar::web {

/// All *.txt of the folder, in the order of their names; what is wrong with one is logged, and nothing of it is taken.
/// A folder that is not there has none.
engage::Networks read_networks(const std::string& folder);

}  // namespace chapar::web
