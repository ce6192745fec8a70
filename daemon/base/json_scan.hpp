#pragma once
// Where the parts of a JSON text end, octet by octet. Only for texts that a parser has found well-formed. Pure.

#include <cstddef>
#include <string_view>

namespace chapar::json {

/// The position behind the string whose opening quote stands at `at`.
std::size_t behind_string(std::string_view json, std::size_t at);
/// The position behind the value that begins at or after `at`; of a number or a literal that of the comma or bracket
/// that follows.
std::size_t behind_value(std::string_view json, std::size_t at);

}  // namespace chapar::json
