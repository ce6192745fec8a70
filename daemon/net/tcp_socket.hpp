#pragma once
// TCP sockets that listen, as file descriptors. No Asio here. Callable from any thread.

#include <string>

#include "base/result.hpp"
#include "net/http_message.hpp"

namespace chapar::net {

enum class TcpCode { address, bind, in_use };
constexpr std::string_view error_domain(TcpCode) { return "tcp"; }

/// `where`: "127.0.0.1:8025" or "[::1]:8025"; port 0: any free one.
Result<int> listen_tcp(const std::string& where);
/// Where a listening socket listens, written like `where`.
std::string address_of(int listening);
/// Of the other end; all zero: it is not of the internet.
NetAddress peer_address(int connected);

}  // namespace chapar::net
