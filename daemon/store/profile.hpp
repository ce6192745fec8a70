#pragma once
// The addresses in a stored profile. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::store {

/// Their keys; of a profile that does not parse, none.
std::vector<std::string> addresses_of(std::string_view profile);

}  // namespace chapar::store
