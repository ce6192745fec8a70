#pragma once
// Bytes as hexadecimal digits. Pure.

#include <string>
#include <string_view>

namespace chapar::basic {

inline constexpr std::string_view lower_hex = "0123456789abcdef";
inline constexpr std::string_view upper_hex = "0123456789ABCDEF";

inline void append_hex(std::string& out, char byte, std::string_view digits = lower_hex) {
    const auto octet = static_cast<unsigned char>(byte);
    out.push_back(digits[octet >> 4U]);
    out.push_back(digits[octet & 0x0FU]);
}

inline std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char byte : bytes)
        append_hex(out, byte);
    return out;
}

/// -1: it is no hexadecimal digit.
inline int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace chapar::basic
