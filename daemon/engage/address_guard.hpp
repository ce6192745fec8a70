#pragma once
// Where a webhook may not go: this machine, the networks around it, and whatever hands out credentials to who asks from
// inside. Pure; any thread.
//
// The caller resolves the name once, asks here about every address, and connects to one of those addresses and to
// nothing else: a second look-up may answer otherwise. Redirects are not followed; a 3xx is a failure.
// Source: IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engage/ip_address.hpp"

namespace chapar::engage {

enum class AddressFlaw : std::uint8_t {
    unspecified,    // 0.0.0.0/8, ::
    loopback,       // 127.0.0.0/8, ::1
    private_use,    // 10/8, 172.16/12, 192.168/16, fc00::/7, fec0::/10
    link_local,     // 169.254/16 with the metadata of clouds, fe80::/10
    carrier_nat,    // 100.64/10
    metadata,       // 168.63.129.16 of Azure, which is an address of the public range
    multicast,      // 224/4, ff00::/8
    documentation,  // 192.0.2/24, 2001:db8::/32, ...
    reserved,       // what no host of the internet has
};
std::string_view explain(AddressFlaw flaw);

/// nullopt: an address of the internet. One that carries another inside (mapped, NAT64, 6to4) is judged by that.
/// `allowed`: blocks that the operator opened for this endpoint.
std::optional<AddressFlaw> flaw_of(const IpAddress& address, std::span<const Cidr> allowed = {});

/// All that a name resolved to. One that points inside condemns the name: it may be given another turn.
std::optional<std::string> refuse_addresses(std::span<const IpAddress> resolved, std::span<const Cidr> allowed = {});

/// What is wrong with the URL of an endpoint; nullopt: nothing. `insecure` allows http.
std::optional<std::string> refuse_endpoint(std::string_view url, bool insecure);

}  // namespace chapar::engage
