#include "seal/return_path.hpp"

#include "basic/hex.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace chapar::seal {
namespace {

constexpr std::size_t uuid_bytes = 16, uuid_letters = 36;
constexpr std::string_view marks = "+-=";  // a relay may write another one for the plus

bool is_dash_place(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// "UUID.N" as 18 bytes.
std::optional<std::string> packed(std::string_view attempt) {
    if (attempt.size() < uuid_letters + 2 || attempt[uuid_letters] != '.') return std::nullopt;
    std::string out;
    int high = -1;
    for (std::size_t i = 0; i < uuid_letters; ++i) {
        if (is_dash_place(i)) {
            if (attempt[i] != '-') return std::nullopt;
            continue;
        }
        const int value = hex_value(attempt[i]);
        if (value < 0) return std::nullopt;
        if (high < 0) {
            high = value;
            continue;
        }
        out += static_cast<char>(high * 16 + value);
        high = -1;
    }
    std::uint16_t number = 0;
    const auto digits = attempt.substr(uuid_letters + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    out += {static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
    return out;
}

std::string unpacked(std::string_view bytes) {
    std::string out;
    for (const char c : bytes.substr(0, uuid_bytes)) {
        if (is_dash_place(out.size())) out += '-';
        basic::append_hex(out, c);
    }
    const auto high = static_cast<unsigned char>(bytes[uuid_bytes]), low = static_cast<unsigned char>(bytes.back());
    return out += '.' + std::to_string(high * 256 + low);
}

/// The letters of a seal in an address, or empty.
std::string_view seal_in(std::string_view address) {
    auto local = address.substr(0, std::min(address.rfind('@'), address.size()));
    while (local.ends_with('"') || local.ends_with('\''))
        local.remove_suffix(1);
    if (local.size() < ReturnPaths::seal_letters + 1) return {};
    const auto at = local.size() - ReturnPaths::seal_letters;
    return marks.contains(local[at - 1]) ? local.substr(at) : std::string_view();
}

}  // namespace

std::expected<ReturnPaths, std::string> ReturnPaths::make(std::span<const std::string> site_keys, Kind kind) {
    auto sealer = Sealer::make(kind, site_keys, tag_bytes);
    if (!sealer) return std::unexpected(std::move(sealer.error()));
    return ReturnPaths(std::move(*sealer));
}

std::optional<std::string> ReturnPaths::sender(std::string_view address, std::string_view attempt) const {
    const auto at = address.rfind('@');
    const auto fields = packed(attempt);
    if (!fields || at == std::string_view::npos || at == 0 || at > longest_local) return std::nullopt;
    std::string out(address.substr(0, at));
    return ((out += '+') += to_base32(sealer_.seal(*fields))) += address.substr(at);
}

std::optional<std::string> ReturnPaths::attempt_of(std::string_view address) const {
    const auto sealed = from_base32(seal_in(address));
    if (!sealed) return std::nullopt;
    const auto fields = sealer_.open(*sealed);
    return fields && fields->size() == attempt_bytes ? std::optional(unpacked(*fields)) : std::nullopt;
}

bool looks_sealed(std::string_view address) {
    const auto letters = seal_in(address);
    return !letters.empty() && from_base32(letters).has_value();
}

}  // namespace chapar::seal
