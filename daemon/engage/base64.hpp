#pragma once
// Base64 of RFC 4648: with padding (section 4), and for addresses (section 5) without. Each value has one spelling.
// Pure.

#include <optional>
#include <string>
#include <string_view>

namespace chapar::engage {

std::string to_base64(std::string_view bytes);
/// nullopt: a character that is none, a length that is none, bits behind the end.
std::optional<std::string> from_base64(std::string_view text);

std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace chapar::engage
