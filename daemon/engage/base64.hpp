#pragma once
// Base64 of RFC 4648, section 4, with its padding. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace chapar::engage {

std::string to_base64(std::string_view bytes);
/// nullopt: a character that is none, a length that is none, bits behind the end.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace chapar::engage
