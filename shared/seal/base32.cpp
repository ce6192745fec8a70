#include "seal/base32.hpp"

#include <cstdint>

namespace chapar::seal {
namespace {

constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";

int value_of(char c) {
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

}  // namespace

std::string to_base32(std::string_view bytes) {
    std::string out;
    out.reserve(base32_size(bytes.size()));
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : bytes) {
        held = (held << 8) | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 5; bits -= 5)
            out += alphabet[(held >> (bits - 5)) & 31];
    }
    if (bits > 0) out += alphabet[(held << (5 - bits)) & 31];
    return out;
}

std::optional<std::string> from_base32(std::string_view text) {
    const std::size_t size = text.size() * 5 / 8;
    if (base32_size(size) != text.size()) return std::nullopt;
    std::string out;
    out.reserve(size);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (const char c : text) {
        const int value = value_of(c);
        if (value < 0) return std::nullopt;
        held = (held << 5) | static_cast<std::uint32_t>(value);
        bits += 5;
        if (bits < 8) continue;
        bits -= 8;
        out += static_cast<char>((held >> bits) & 0xFF);
    }
    const std::uint32_t unused = held & ((1U << bits) - 1);
    return unused == 0 ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace chapar::seal
