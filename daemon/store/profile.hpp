#pragma once
// What stands in a stored profile. Pure.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::store {

/// Their keys; of a profile that does not parse, none.
std::vector<std::string> addresses_of(std::string_view profile);
/// Empty: it names none, or does not parse.
std::string locale_in(std::string_view profile);
/// The same profile with this locale; of one that does not parse, the text as it is.
std::string with_locale(std::string_view profile, std::string_view locale);

}  // namespace chapar::store
