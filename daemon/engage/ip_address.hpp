#pragma once
// Addresses and blocks of them. Values; any thread.

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::engage {

/// IPv4 as ::ffff:a.b.c.d, so that both kinds are ordered in one line and a mapped address is the address itself.
struct IpAddress {
    std::uint64_t high = 0, low = 0;
    auto operator<=>(const IpAddress&) const = default;
    bool is_v4() const { return high == 0 && (low >> 32) == 0xFFFF; }
    /// The text form of RFC 5952, or dotted.
    std::string text() const;
};

/// "192.0.2.1", "2001:db8::1"; no zone, no port, no octal.
std::optional<IpAddress> parse_address(std::string_view text);
IpAddress from_v4(std::uint32_t address);

/// The block that an address is in and that is all of it we keep, in memory, to tell hits apart: /24 of IPv4, /48 of
/// IPv6.
std::uint64_t neighbourhood(const IpAddress& address);

struct Cidr {
    IpAddress first;
    int bits = 0;  // of 128: 96 more than IPv4 writes
    IpAddress last() const;
    bool contains(const IpAddress& address) const { return first <= address && address <= last(); }
};

/// "192.0.2.0/24", "2001:db8::/32", or one address. The error says what is wrong with it.
std::expected<Cidr, std::string> parse_cidr(std::string_view text);

}  // namespace chapar::engage
