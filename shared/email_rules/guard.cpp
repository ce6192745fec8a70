#include "email_rules/guard.hpp"

#include "email_rules/text.hpp"

namespace chapar::email {

std::string_view header_flaw(std::string_view value) {
    if (value.size() > max_header_value) return "is longer than 4000 bytes";
    for (std::size_t at = 0; at < value.size();) {
        const auto [c, size] = code_point_at(value, at);
        if (size == 0) return "is not UTF-8";
        if (c == '\r' || c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029) return "holds a line break";
        if (c == 0) return "holds a NUL";
        if ((c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0)) return "holds a control character";
        at += size;
    }
    return {};
}

bool may_stand_plain(std::string_view value) {
    constexpr std::size_t longest_word = 250;
    std::size_t word = 0;
    for (const char c : value) {
        if (c == ' ') {
            if (word == 0) return false;  // a leading or a doubled space would not survive folding
            word = 0;
        } else if (c < 0x21 || c > 0x7E || ++word > longest_word) {
            return false;
        }
    }
    return word != 0 && !value.contains("=?");
}

}  // namespace chapar::email
