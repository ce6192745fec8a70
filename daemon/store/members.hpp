#pragma once
// Members taken out of a stored request, the rest byte for byte as it was written. Pure.

#include <initializer_list>
#include <string>
#include <string_view>

namespace chapar::store {

/// `object` without the members of these names, however they are spelled; of what is no object, "{}".
std::string without_members(std::string_view object, std::initializer_list<std::string_view> names);

}  // namespace chapar::store
