#pragma once
// What people write, in one spelling: Persian and Arabic digits as 0 to 9, typographic signs as those of ASCII, no
// invisible marks. Pure.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::written {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A text in the plain spelling, and where its bytes came from.
struct Plain {
    std::string text;
    std::vector<std::size_t> columns;  // of each byte of `text`, and of its end: characters of the original, from 1
};

/// Digits become Latin; marks of direction, joiners and byte order marks go; no-break and thin blanks become blanks;
/// minus signs and hyphens "-", the Arabic date mark and the division slash "/". All else stays.
Plain plain(std::string_view text);

}  // namespace chapar::written
