#include "engage/base64.hpp"

#include <array>
#include <cstdint>

namespace chapar::engage {
namespace {

constexpr std::string_view plain_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 64;

constexpr std::array<std::uint8_t, 256> values_of(std::string_view digits) {
    std::array<std::uint8_t, 256> out{};
    out.fill(no_digit);
    for (std::size_t i = 0; i < digits.size(); ++i)
        out[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    return out;
}
constexpr auto plain_values = values_of(plain_digits), url_values = values_of(url_digits);

std::string encoded(std::string_view bytes, std::string_view digits) {
    std::string out((bytes.size() * 4 + 2) / 3, '\0');
    auto* to = out.data();
    const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[at])); };
    std::size_t at = 0;
    for (; at + 3 <= bytes.size(); at += 3) {
        const auto bits = byte(at) << 16 | byte(at + 1) << 8 | byte(at + 2);
        for (const int shift : {18, 12, 6, 0})
            *to++ = digits[bits >> shift & 63];
    }
    if (at == bytes.size()) return out;
    const auto bits = byte(at) << 16 | (at + 1 < bytes.size() ? byte(at + 1) << 8 : 0);
    for (int shift = 18; to != out.data() + out.size(); shift -= 6)
        *to++ = digits[bits >> shift & 63];
    return out;
}

/// Without padding.
std::optional<std::string> decoded(std::string_view text, const std::array<std::uint8_t, 256>& values) {
    std::string out;
    out.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    int held = 0;
    for (const char c : text) {
        const auto value = values[static_cast<unsigned char>(c)];
        if (value == no_digit) return std::nullopt;
        bits = bits << 6 | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out += static_cast<char>(bits >> held & 0xFF);
    }
    if (held == 6 || (bits & ((1U << held) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    auto out = encoded(bytes, plain_digits);
    while (out.size() % 4 != 0)
        out += '=';
    return out;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i)
        text.remove_suffix(1);
    return decoded(text, plain_values);
}

std::string to_base64url(std::string_view bytes) { return encoded(bytes, url_digits); }

std::optional<std::string> from_base64url(std::string_view text) { return decoded(text, url_values); }

}  // namespace chapar::engage
