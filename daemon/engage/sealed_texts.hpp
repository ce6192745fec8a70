#pragma once
// Texts and a number as the fields of a seal: the number in eight bytes, then each text behind its length. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace chapar::engage {

inline constexpr std::size_t longest_name = 255;  // of one text, in bytes

/// Nothing: a text is too long.
std::optional<std::string> pack_texts(std::uint64_t number, std::span<const std::string_view> texts);

/// False: it was not made for so many texts.
bool unpack_texts(std::string_view fields, std::uint64_t& number, std::span<std::string* const> texts);

/// More than any such seal has as base64url.
constexpr std::size_t longest_sealed(std::size_t texts) { return (8 + texts * (1 + longest_name) + 64) * 4 / 3; }

}  // namespace chapar::engage
