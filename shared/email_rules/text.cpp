#include "email_rules/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace chapar::email {

namespace {

/// The first byte that is not ASCII, at or after `from`.
std::size_t first_non_ascii(std::string_view text, std::size_t from) {
    constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
    while (from + 8 <= text.size()) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + from, 8);
        if ((word & high_bits) != 0) break;
        from += 8;
    }
    while (from < text.size() && static_cast<unsigned char>(text[from]) < 0x80)
        ++from;
    return from;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + size > text.size()) return {};
    char32_t value = lead & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return {};
        value = (value << 6) | (byte(i) & 0x3F);
    }
    if ((size == 3 && (value < 0x800 || (value >= 0xD800 && value <= 0xDFFF))) ||
        (size == 4 && (value < 0x10000 || value > 0x10FFFF)))
        return {};
    return {value, size};
}

bool is_ascii(std::string_view text) { return first_non_ascii(text, 0) == text.size(); }

bool is_utf8(std::string_view text) {
    for (std::size_t at = first_non_ascii(text, 0); at < text.size();) {
        if (static_cast<unsigned char>(text[at]) < 0x80) {
            ++at;
            continue;
        }
        const auto [value, size] = code_point_at(text, at);
        if (size == 0) return false;
        at += size;
    }
    return true;
}

bool is_reordering(char32_t c) { return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069); }

std::string to_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), ascii_lower);
    return lower;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() && std::ranges::equal(a, b, {}, ascii_lower, ascii_lower);
}

std::size_t find_ignoring_case(std::string_view hay, std::string_view needle, std::size_t from) {
    if (from > hay.size()) return std::string_view::npos;
    const auto found = std::search(hay.begin() + static_cast<std::ptrdiff_t>(from), hay.end(), needle.begin(),
                                   needle.end(), [](char a, char b) { return ascii_lower(a) == b; });
    return found == hay.end() ? std::string_view::npos : static_cast<std::size_t>(found - hay.begin());
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace chapar::email
