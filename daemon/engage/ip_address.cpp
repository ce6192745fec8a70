#include "engage/ip_address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace chapar::engage {
namespace {

std::uint64_t read_big_endian(const unsigned char* bytes) {
    std::uint64_t out = 0;
    for (int i = 0; i < 8; ++i)
        out = (out << 8) | bytes[i];
    return out;
}

/// The first `bits` bits set.
IpAddress mask_of(int bits) {
    const auto half = [](int n) { return n <= 0 ? 0 : n >= 64 ? ~std::uint64_t{0} : ~std::uint64_t{0} << (64 - n); };
    return {half(bits), half(bits - 64)};
}

IpAddress masked(const IpAddress& address, int bits) {
    const auto mask = mask_of(bits);
    return {address.high & mask.high, address.low & mask.low};
}

std::string show(const IpAddress& first, int bits) {
    return fmt::format("{}/{}", first.text(), first.is_v4() ? bits - 96 : bits);
}

}  // namespace

IpAddress from_v4(std::uint32_t address) { return {0, 0xFFFF'0000'0000ULL | address}; }

std::optional<IpAddress> parse_address(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> copy{};
    if (text.empty() || text.size() >= copy.size() || text.contains('\0')) return std::nullopt;
    std::ranges::copy(text, copy.begin());
    std::array<unsigned char, 16> bytes{};
    if (!text.contains(':')) {
        if (inet_pton(AF_INET, copy.data(), bytes.data()) != 1) return std::nullopt;
        return from_v4(static_cast<std::uint32_t>(read_big_endian(bytes.data()) >> 32));
    }
    if (inet_pton(AF_INET6, copy.data(), bytes.data()) != 1) return std::nullopt;
    return IpAddress{read_big_endian(bytes.data()), read_big_endian(bytes.data() + 8)};
}

std::string IpAddress::text() const {
    std::array<unsigned char, 16> bytes{};
    for (unsigned i = 0; i < 8; ++i) {
        bytes[i] = static_cast<unsigned char>(high >> (56 - 8 * i));
        bytes[i + 8] = static_cast<unsigned char>(low >> (56 - 8 * i));
    }
    std::array<char, INET6_ADDRSTRLEN> out{};
    const bool dotted = is_v4();
    inet_ntop(dotted ? AF_INET : AF_INET6, dotted ? bytes.data() + 12 : bytes.data(), out.data(), out.size());
    return out.data();
}

std::uint64_t neighbourhood(const IpAddress& address) {
    // IPv4 blocks and IPv6 blocks never have one number: a mapped address has nothing in its high half.
    if (address.is_v4()) return (address.low & 0xFFFF'FF00ULL) | 1;
    return address.high & 0xFFFF'FFFF'FFFF'0000ULL;
}

IpAddress Cidr::last() const {
    const auto mask = mask_of(bits);
    return {first.high | ~mask.high, first.low | ~mask.low};
}

std::expected<Cidr, std::string> parse_cidr(std::string_view text) {
    const auto slash = text.find('/');
    const auto address = parse_address(text.substr(0, slash));
    if (!address)
        return std::unexpected(fmt::format("\"{}\" is not an address of IPv4 or IPv6", text.substr(0, slash)));
    const int most = address->is_v4() && !text.substr(0, slash).contains(':') ? 32 : 128;
    if (slash == std::string_view::npos) return Cidr{*address, 128};
    const auto digits = text.substr(slash + 1);
    const bool is_number = !digits.empty() && digits.size() <= 3 &&
                           digits.find_first_not_of("0123456789") == std::string_view::npos &&
                           (digits.size() == 1 || digits.front() != '0');
    int length = 0;
    for (const char c : is_number ? digits : std::string_view())
        length = length * 10 + (c - '0');
    if (!is_number || length > most)
        return std::unexpected(fmt::format("behind the slash stands a number from 0 to {}", most));
    const int bits = length + (most == 32 ? 96 : 0);
    const auto first = masked(*address, bits);
    if (first != *address)
        return std::unexpected(fmt::format("{} lies inside of a block; the block is {}", text, show(first, bits)));
    return Cidr{first, bits};
}

}  // namespace chapar::engage
