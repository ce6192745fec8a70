#include "base/varint.hpp"

namespace chapar {

void put_number(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

void put_signed(std::string& out, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    put_number(out, (bits << 1) ^ static_cast<std::uint64_t>(value >> 63));
}

std::optional<std::uint64_t> take_number(std::string_view& in) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !in.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(in.front());
        in.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if (byte < 0x80) return value;
    }
    return std::nullopt;
}

std::optional<std::int64_t> take_signed(std::string_view& in) {
    const auto bits = take_number(in);
    if (!bits) return std::nullopt;
    return static_cast<std::int64_t>((*bits >> 1) ^ (~(*bits & 1) + 1));
}

}  // namespace chapar
