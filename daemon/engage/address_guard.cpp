#include "engage/address_guard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engage/destination.hpp"

namespace chapar::engage {
namespace {

constexpr IpAddress v4(unsigned a, unsigned b = 0, unsigned c = 0, unsigned d = 0) {
    return {0, 0xFFFF'0000'0000ULL | a << 24 | b << 16 | c << 8 | d};
}
constexpr IpAddress v6(std::uint64_t high, std::uint64_t low = 0) { return {high, low}; }

struct Row {
    Cidr block;
    AddressFlaw flaw;
};

constexpr auto blocks_v4 = std::to_array<Row>({
    {{v4(168, 63, 129, 16), 128}, AddressFlaw::metadata},
    {{v4(0), 96 + 8}, AddressFlaw::unspecified},
    {{v4(10), 96 + 8}, AddressFlaw::private_use},
    {{v4(100, 64), 96 + 10}, AddressFlaw::carrier_nat},
    {{v4(127), 96 + 8}, AddressFlaw::loopback},
    {{v4(169, 254), 96 + 16}, AddressFlaw::link_local},
    {{v4(172, 16), 96 + 12}, AddressFlaw::private_use},
    {{v4(192, 0, 0), 96 + 24}, AddressFlaw::reserved},
    {{v4(192, 0, 2), 96 + 24}, AddressFlaw::documentation},
    {{v4(192, 88, 99), 96 + 24}, AddressFlaw::reserved},
    {{v4(192, 168), 96 + 16}, AddressFlaw::private_use},
    {{v4(198, 18), 96 + 15}, AddressFlaw::reserved},
    {{v4(198, 51, 100), 96 + 24}, AddressFlaw::documentation},
    {{v4(203, 0, 113), 96 + 24}, AddressFlaw::documentation},
    {{v4(224), 96 + 4}, AddressFlaw::multicast},
    {{v4(240), 96 + 4}, AddressFlaw::reserved},
});

constexpr auto blocks_v6 = std::to_array<Row>({
    {{v6(0), 128}, AddressFlaw::unspecified},
    {{v6(0, 1), 128}, AddressFlaw::loopback},
    {{v6(0xFC00ULL << 48), 7}, AddressFlaw::private_use},
    {{v6(0xFE80ULL << 48), 10}, AddressFlaw::link_local},
    {{v6(0xFEC0ULL << 48), 10}, AddressFlaw::private_use},
    {{v6(0xFF00ULL << 48), 8}, AddressFlaw::multicast},
    {{v6(0x2001'0DB8ULL << 32), 32}, AddressFlaw::documentation},
    {{v6(0x3FFFULL << 48), 20}, AddressFlaw::documentation},
    {{v6(0x2001ULL << 48), 23}, AddressFlaw::reserved},  // Teredo, ORCHID, benchmarking
});

/// The internet's own: 2000::/3.
constexpr Cidr global_unicast{v6(0x2000ULL << 48), 3};

std::optional<AddressFlaw> flaw_in(std::span<const Row> rows, const IpAddress& address) {
    const auto found = std::ranges::find_if(rows, [&](const Row& row) { return row.block.contains(address); });
    return found == rows.end() ? std::nullopt : std::optional(found->flaw);
}

/// The IPv4 address that an IPv6 address leads to.
std::optional<IpAddress> inner(const IpAddress& address) {
    constexpr std::uint64_t nat64 = 0x0064'FF9BULL << 32;
    const auto low = static_cast<std::uint32_t>(address.low);
    if (address.high == nat64 && address.low >> 32 == 0) return from_v4(low);  // 64:ff9b::/96
    // "::a.b.c.d" of old, and ::ffff:0:a.b.c.d of SIIT; :: and ::1 are their own.
    if (address.high == 0 && address.low >> 32 == 0 && low > 1) return from_v4(low);
    if (address.high == 0 && address.low >> 32 == 0xFFFF'0000ULL) return from_v4(low);
    if (address.high >> 48 == 0x2002)  // 6to4
        return from_v4(static_cast<std::uint32_t>(address.high >> 16));
    return std::nullopt;
}

}  // namespace

std::string_view explain(AddressFlaw flaw) {
    switch (flaw) {
        case AddressFlaw::unspecified:
            return "it means this machine";
        case AddressFlaw::loopback:
            return "it is this machine";
        case AddressFlaw::private_use:
            return "it belongs to a private network";
        case AddressFlaw::link_local:
            return "it belongs to the network at hand, where clouds keep their metadata";
        case AddressFlaw::carrier_nat:
            return "it belongs to a carrier's own network";
        case AddressFlaw::metadata:
            return "a cloud hands out its machines' settings there";
        case AddressFlaw::multicast:
            return "it is not one host";
        case AddressFlaw::documentation:
            return "it is kept for documentation";
        case AddressFlaw::reserved:
            return "no host of the internet has it";
    }
    return "";
}

std::optional<AddressFlaw> flaw_of(const IpAddress& address, std::span<const Cidr> allowed) {
    if (std::ranges::any_of(allowed, [&](const Cidr& block) { return block.contains(address); })) return std::nullopt;
    if (address.is_v4()) return flaw_in(blocks_v4, address);
    // What is inside is judged alone: to open a block of IPv4 is not to open the ways around it.
    if (const auto inside = inner(address)) return flaw_in(blocks_v4, *inside);
    if (const auto flaw = flaw_in(blocks_v6, address)) return flaw;
    return global_unicast.contains(address) ? std::nullopt : std::optional(AddressFlaw::reserved);
}

std::optional<std::string> refuse_addresses(std::span<const IpAddress> resolved, std::span<const Cidr> allowed) {
    if (resolved.empty()) return "the name has no address";
    for (const auto& address : resolved)
        if (const auto flaw = flaw_of(address, allowed))
            return fmt::format("{} is not called: {}", address.text(), explain(*flaw));
    return std::nullopt;
}

std::optional<std::string> refuse_endpoint(std::string_view url, bool insecure) {
    const auto read = read_destination(url);
    if (!read && read.error() == LinkFate::has_user) return "the URL names a user before its host";
    if (!read) return "it is not an https URL with a host";
    if (!insecure && !read->url.starts_with("https://")) return "the URL begins with https, unless insecure is true";
    if (read->url.contains('#')) return "a fragment (#) is not sent to a server";
    return std::nullopt;
}

}  // namespace chapar::engage
