#pragma once
// The digits of a number as people write it. Pure; any thread.

#include <expected>
#include <string>
#include <string_view>

namespace chapar::numbers {

struct Digits {
    std::string digits;  // ASCII
    bool has_plus = false;
};

/// Digits of ASCII, Persian and Arabic-Indic script (and full-width ones); blanks, dashes, dots, brackets and invisible
/// marks are left out. The error names what has no place in a number.
std::expected<Digits, std::string> read_digits(std::string_view text);

}  // namespace chapar::numbers
