#pragma once
// Where characters begin in UTF-8. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::basic {

/// It stands inside a character, not at its beginning.
inline bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// The beginning of the character that the byte at `at` is a part of.
inline std::size_t character_begin(std::string_view text, std::size_t at) {
    while (at > 0 && is_continuation(text[at]))
        --at;
    return at;
}

/// At most so many bytes, and never a part of a character.
inline std::string cut(std::string text, std::size_t most) {
    if (text.size() > most) text.resize(character_begin(text, most));
    return text;
}

}  // namespace chapar::basic
