#pragma once
// Steps through CSS text: strings, brackets and escapes as one unit. Pure functions, callable from any thread.
// Source: CSS Syntax Level 3, section 4.

#include <cstddef>
#include <string>
#include <string_view>

namespace chapar::css {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

/// A letter of a name; everything beyond ASCII is one.
constexpr bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trimmed(std::string_view text);
std::string lower(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);

/// The index after the unit at `at`: a string, an escape, a bracketed part, else one byte.
std::size_t skip_unit(std::string_view css, std::size_t at);

/// Comments become blanks.
std::string without_comments(std::string_view css);

/// Reads a name with its escapes from `at` on, which moves past it.
std::string read_name(std::string_view css, std::size_t& at);

}  // namespace chapar::css
