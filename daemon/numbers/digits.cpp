#include "numbers/digits.hpp"

#include <array>
#include <cstdint>
#include <optional>

namespace chapar::numbers {
namespace {

constexpr std::size_t most_bytes = 128;

/// One character of UTF-8; nullopt: it is none. Overlong forms can't be digits or marks here, so they are not sought.
std::optional<char32_t> next(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t first = byte(at);
    const std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 0;
    if (size == 0 || at + size > text.size()) return std::nullopt;
    char32_t value = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return std::nullopt;
        value = (value << 6) | (byte(at + i) & 0x3FU);
    }
    at += size;
    return value;
}

std::optional<char> digit_of(char32_t c) {
    for (const char32_t zero : {U'0', U'\u06F0', U'\u0660', U'\uFF10'})
        if (c >= zero && c <= zero + 9) return static_cast<char>('0' + (c - zero));
    return std::nullopt;
}

/// Signs between digits, and marks that are not seen at all: texts copied from a page or a chat carry them.
bool is_between(char32_t c) {
    struct Range {
        char32_t from, to;
    };
    constexpr auto ranges = std::to_array<Range>({
        {U' ', U' '},
        {U'(', U')'},
        {U'-', U'.'},
        {U'\u00A0', U'\u00A0'},  // no-break space
        {U'\u00AD', U'\u00AD'},  // soft hyphen
        {U'\u061C', U'\u061C'},  // Arabic letter mark
        {U'\u2000', U'\u200F'},  // blanks of all widths, ZWSP, ZWNJ, ZWJ, LRM, RLM
        {U'\u2010', U'\u2015'},  // hyphens and dashes
        {U'\u202A', U'\u202F'},  // bidi embeddings and overrides, narrow no-break space
        {U'\u2060', U'\u2060'},  // word joiner
        {U'\u2066', U'\u2069'},  // bidi isolates
        {U'\u2212', U'\u2212'},  // minus
        {U'\uFEFF', U'\uFEFF'},  // byte order mark
    });
    for (const auto& range : ranges)
        if (c >= range.from && c <= range.to) return true;
    return false;
}

std::string shown(std::string_view character) {
    const auto first = static_cast<std::uint8_t>(character[0]);
    return first < 0x20 || first == 0x7F ? "a control character" : "\"" + std::string(character) + "\"";
}

}  // namespace

std::expected<Digits, std::string> read_digits(std::string_view text) {
    if (text.size() > most_bytes) return std::unexpected("a phone number has at most 15 digits; this is a longer text");
    Digits out;
    for (std::size_t at = 0; at < text.size();) {
        const auto from = at;
        const auto c = next(text, at);
        if (!c) return std::unexpected("this is not UTF-8: a phone number has digits and +");
        if (const auto digit = digit_of(*c)) {
            out.digits += *digit;
        } else if ((*c == U'+' || *c == U'\uFF0B') && out.digits.empty() && !out.has_plus) {
            out.has_plus = true;
        } else if (!is_between(*c)) {
            return std::unexpected(
                shown(text.substr(from, at - from)) +
                " has no place in a phone number: it has digits, + before them, blanks, dashes, dots "
                "and brackets");
        }
    }
    return out;
}

}  // namespace chapar::numbers
