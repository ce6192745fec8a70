/// Base32 (RFC 4648) without padding, for places where letters may change their case on the way: small letters out,
/// any case in. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::seal {

std::string to_base32(std::string_view bytes);
/// Nothing for a foreign character, for a length that no bytes have, and for unused bits that are set: each value has
/// one spelling, but for the case.
std::optional<std::string> from_base32(std::string_view text);

constexpr std::size_t base32_size(std::size_t bytes) { return (bytes * 8 + 4) / 5; }

}  // namespace chapar::seal
