#pragma once
// Values as text, the way the reference prints and inspects them, and UTF-8 by character. Internal to the library.

#include <string>
#include <string_view>

#include "render/liquid/value.hpp"

namespace chapar::liquid {

/// The text of `value` as filters see it: a string as it is, nil nothing, an array or hash as it is inspected.
void append_string_of(std::string& out, Value value);
/// As the reference's language shows a value inside an array or hash: strings quoted, nil as "nil".
void append_inspected(std::string& out, Value value, int depth = 0);
void append_quoted(std::string& out, std::string_view text);
/// Members of an array, of arrays within it and so on, without separators.
void append_joined(std::string& out, Value value, int depth = 0);

/// Bytes of the character that begins at `s[at]`; 1 where the bytes are not UTF-8.
std::size_t character_bytes(std::string_view s, std::size_t at);
std::size_t character_count(std::string_view s);
/// The byte offset of character number `n`, s.size() when there are fewer.
std::size_t character_offset(std::string_view s, std::size_t n);
bool valid_utf8(std::string_view s);
char32_t decode(std::string_view s, std::size_t at, std::size_t& bytes);  // U+FFFFFFFF: not UTF-8
/// A letter of Arabic, Hebrew or another script that runs from right to left.
bool has_right_to_left_letter(std::string_view s);
void append_utf8(std::string& out, char32_t c);

}  // namespace chapar::liquid
