/// Small facts about UTF-8 text. Pure functions, any thread, nothing fails.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chapar::email {

struct CodePoint {
    char32_t value = 0;
    std::size_t size = 0;  ///< bytes; 0: malformed (truncated, overlong, a surrogate, beyond U+10FFFF)
};

/// The character at `at`, which must be inside `text`.
CodePoint code_point_at(std::string_view text, std::size_t at);
bool is_ascii(std::string_view text);
bool is_utf8(std::string_view text);

/// Marks that reorder the text around them (embeddings, overrides, isolates); LRM, RLM and ZWNJ are not among them.
bool is_reordering(char32_t c);

constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_alnum(char c) { return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z'); }
std::string to_lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// Position of `needle` (lower-case ASCII) in `hay` whatever the case, or npos.
std::size_t find_ignoring_case(std::string_view hay, std::string_view needle, std::size_t from = 0);

std::string_view trim(std::string_view text);

}  // namespace chapar::email
