#include "base/utf8.hpp"

namespace chapar {

std::size_t utf8_sequence_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    if (text.empty()) return 0;
    const unsigned char b = byte(0);
    if (b < 0x80) return 1;
    if (b >= 0xC2 && b <= 0xDF) return tail(1) ? 2 : 0;
    if (b >= 0xE0 && b <= 0xEF) {
        const bool bad = (b == 0xE0 && byte(1) < 0xA0) || (b == 0xED && byte(1) > 0x9F);
        return !bad && tail(1) && tail(2) ? 3 : 0;
    }
    if (b >= 0xF0 && b <= 0xF4) {
        const bool bad = (b == 0xF0 && byte(1) < 0x90) || (b == 0xF4 && byte(1) > 0x8F);
        return !bad && tail(1) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace chapar
