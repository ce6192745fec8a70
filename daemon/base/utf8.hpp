#pragma once
// UTF-8, octet by octet. Pure.

#include <cstddef>
#include <string_view>

namespace chapar {

/// Octets of the well-formed UTF-8 sequence at the front of `text` (Unicode 15, table 3-7); 0: malformed, or nothing.
std::size_t utf8_sequence_length(std::string_view text);

}  // namespace chapar
