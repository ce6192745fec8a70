#include "base/written_text.hpp"

namespace chapar::written {
namespace {

/// Bytes of the character at `at`; 1 where it is no UTF-8.
std::size_t width_at(std::string_view s, std::size_t at) {
    const auto lead = static_cast<unsigned char>(s[at]);
    const std::size_t width = lead < 0xC2 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 1;
    if (at + width > s.size()) return 1;
    for (std::size_t i = 1; i < width; ++i)
        if ((static_cast<unsigned char>(s[at + i]) & 0xC0U) != 0x80U) return 1;
    return width;
}

char32_t code_of(std::string_view c) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(c[i]) & 0x3FU; };
    switch (c.size()) {
        case 2:
            return ((static_cast<unsigned char>(c[0]) & 0x1FU) << 6U) | byte(1);
        case 3:
            return ((static_cast<unsigned char>(c[0]) & 0x0FU) << 12U) | (byte(1) << 6U) | byte(2);
        default:
            return 0xFFFD;
    }
}

constexpr char gone = '\0', as_it_is = '\1';

/// What a character beyond ASCII is in the plain spelling.
char spelled(char32_t c) {
    if (c >= 0x06F0 && c <= 0x06F9) return static_cast<char>('0' + (c - 0x06F0));
    if (c >= 0x0660 && c <= 0x0669) return static_cast<char>('0' + (c - 0x0660));
    if (c >= 0xFF10 && c <= 0xFF19) return static_cast<char>('0' + (c - 0xFF10));
    const bool is_direction =
        c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    if (is_direction || c == 0x200B || c == 0x200C || c == 0x200D || c == 0x2060 || c == 0xFEFF) return gone;
    if (c == 0x00A0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x3000) return ' ';
    if (c == 0x2212 || (c >= 0x2010 && c <= 0x2015) || c == 0xFE63 || c == 0xFF0D) return '-';
    if (c == 0x060D || c == 0x2044 || c == 0x2215 || c == 0xFF0F) return '/';
    if (c == 0xFF1A || c == 0x2236) return ':';
    return as_it_is;
}

}  // namespace

Plain plain(std::string_view text) {
    Plain out;
    out.text.reserve(text.size());
    std::size_t column = 1;
    for (std::size_t at = 0; at < text.size(); ++column) {
        const auto width = width_at(text, at);
        const auto character = text.substr(at, width);
        at += width;
        const char to = width == 1 ? as_it_is : spelled(code_of(character));
        if (to == gone) continue;
        if (to == as_it_is) {
            out.text += character;
        } else {
            out.text += to;
        }
        out.columns.resize(out.text.size(), column);
    }
    out.columns.push_back(column);
    return out;
}

}  // namespace chapar::written
