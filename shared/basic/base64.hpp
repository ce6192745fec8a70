#pragma once
// Base64 (RFC 4648). Pure.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::basic {

enum class Base64 : std::uint8_t { standard, url };

/// What the bits of the last character that make no byte may be.
enum class UnusedBits : std::uint8_t { zero, any };

namespace detail {

constexpr std::string_view digits(Base64 alphabet) {
    return alphabet == Base64::standard ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                                        : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
}

constexpr std::uint8_t no_digit = 0xFF;

constexpr std::array<std::uint8_t, 256> values(Base64 alphabet) {
    std::array<std::uint8_t, 256> out{};
    out.fill(no_digit);
    for (std::size_t i = 0; i < 64; ++i)
        out[static_cast<unsigned char>(digits(alphabet)[i])] = static_cast<std::uint8_t>(i);
    return out;
}

inline constexpr auto standard_values = values(Base64::standard);
inline constexpr auto url_values = values(Base64::url);

}  // namespace detail

/// With padding.
inline void append_base64(std::string& out, std::string_view bytes, Base64 alphabet = Base64::standard) {
    const auto digits = detail::digits(alphabet);
    std::size_t at = out.size();
    out.resize(at + (bytes.size() + 2) / 3 * 4, '=');
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    std::size_t i = 0;
    for (; i + 3 <= bytes.size(); i += 3, at += 4) {
        const auto bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        out[at] = digits[bits >> 18U];
        out[at + 1] = digits[bits >> 12U & 63U];
        out[at + 2] = digits[bits >> 6U & 63U];
        out[at + 3] = digits[bits & 63U];
    }
    if (i == bytes.size()) return;
    const bool are_two = i + 2 == bytes.size();
    const auto bits = byte(i) << 16U | (are_two ? byte(i + 1) << 8U : 0U);
    out[at] = digits[bits >> 18U];
    out[at + 1] = digits[bits >> 12U & 63U];
    if (are_two) out[at + 2] = digits[bits >> 6U & 63U];
}

inline std::string to_base64(std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
}

/// Groups of four, padded at the end. False: it is none, and something of it may have been appended.
inline bool append_decoded(std::string& out, std::string_view text, Base64 alphabet = Base64::standard,
                           UnusedBits unused = UnusedBits::zero) {
    if (text.size() % 4 != 0) return false;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    const auto& values = alphabet == Base64::standard ? detail::standard_values : detail::url_values;
    out.reserve(out.size() + text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text.substr(0, text.size() - padding)) {
        const auto value = values[static_cast<unsigned char>(c)];
        if (value == detail::no_digit) return false;
        bits = bits << 6U | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out.push_back(static_cast<char>(bits >> held & 0xFFU));
    }
    return unused == UnusedBits::any || (bits & ((1U << held) - 1U)) == 0;
}

/// Nothing: a character that is none, a length that is none, or bits behind the end.
inline std::optional<std::string> from_base64(std::string_view text) {
    std::string out;
    if (!append_decoded(out, text)) return std::nullopt;
    return out;
}

}  // namespace chapar::basic
