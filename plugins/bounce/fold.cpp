#include "bounce/fold.hpp"

#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

char32_t small(char32_t c) {
    if (c >= 0xC0 && c <= 0xDE && c != 0xD7) return c + 0x20;
    if (c >= 0x391 && c <= 0x3A9 && c != 0x3A2) return c + 0x20;
    if (c >= 0x410 && c <= 0x42F) return c + 0x20;
    return c >= 0x400 && c <= 0x40F ? c + 0x50 : c;
}

}  // namespace

std::string folded(std::string_view text) {
    auto out = email::to_lower(text);
    for (std::size_t at = 0; at + 1 < out.size(); ++at) {
        const auto first = static_cast<unsigned char>(out[at]);
        if (first < 0xC3 || first > 0xD1) continue;
        const auto [c, size] = email::code_point_at(out, at);
        const char32_t made = size == 2 ? small(c) : c;
        if (made == c) continue;
        out[at] = static_cast<char>(0xC0 | (made >> 6));
        out[at + 1] = static_cast<char>(0x80 | (made & 0x3F));
        ++at;
    }
    return out;
}

}  // namespace chapar::bounce
