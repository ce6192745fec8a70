#pragma once
// The header of PROXY protocol version 2: what a proxy says, first thing of a connection, of who is behind it. Pure.
// Source: haproxy.org/download/2.6/doc/proxy-protocol.txt, section 2.2.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "net/http_message.hpp"

namespace chapar::net {

/// With what follows its addresses; a longer one is refused.
inline constexpr std::size_t longest_proxy_header = 16 + 2048;

struct ProxyHeader {
    enum class Is : std::uint8_t {
        incomplete,  // more bytes are needed
        wrong,       // not such a header
        good,
    } is = Is::incomplete;
    std::size_t size = 0;  // of a good one, in bytes
    std::optional<NetAddress>
        source{};  // absent: the connection is the proxy's own (a health check), or of a Unix socket
};

/// From the first byte of a connection on.
ProxyHeader read_proxy_header(std::string_view bytes);

}  // namespace chapar::net
