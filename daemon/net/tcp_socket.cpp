#include "net/tcp_socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace chapar::net {
namespace {

constexpr int backlog = 1024;

struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

std::optional<Address> parse(const std::string& where) {
    const auto colon = where.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(where.data() + colon + 1, where.data() + where.size(), port);
    if (error != std::errc() || end != where.data() + where.size()) return std::nullopt;
    auto host = where.substr(0, colon);
    Address out;
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
        auto& six = reinterpret_cast<sockaddr_in6&>(out.bytes);
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port);
        out.size = sizeof six;
        return ::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1 ? std::optional(out) : std::nullopt;
    }
    auto& four = reinterpret_cast<sockaddr_in&>(out.bytes);
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    out.size = sizeof four;
    return ::inet_pton(AF_INET, host.c_str(), &four.sin_addr) == 1 ? std::optional(out) : std::nullopt;
}

}  // namespace

Result<int> listen_tcp(const std::string& where) {
    const auto address = parse(where);
    if (!address) return fail(TcpCode::address, fmt::format("{} is no ADDRESS:PORT", where));
    const int fd = ::socket(address->bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return fail(TcpCode::bind, fmt::format("{}: {}", where, std::strerror(errno)));
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto* raw = reinterpret_cast<const sockaddr*>(&address->bytes);
    if (::bind(fd, raw, address->size) == 0 && ::listen(fd, backlog) == 0) return fd;
    const int error = errno;
    ::close(fd);
    return fail(error == EADDRINUSE ? TcpCode::in_use : TcpCode::bind,
                fmt::format("cannot listen on {}: {}", where, std::strerror(error)));
}

NetAddress peer_address(int connected) {
    Address address;
    address.size = sizeof address.bytes;
    NetAddress out{};
    if (::getpeername(connected, reinterpret_cast<sockaddr*>(&address.bytes), &address.size) != 0) return out;
    if (address.bytes.ss_family == AF_INET6) {
        const auto& six = reinterpret_cast<const sockaddr_in6&>(address.bytes);
        std::memcpy(out.data(), &six.sin6_addr, out.size());
    } else if (address.bytes.ss_family == AF_INET) {
        const auto& four = reinterpret_cast<const sockaddr_in&>(address.bytes);
        out[10] = out[11] = 0xFF;
        std::memcpy(out.data() + 12, &four.sin_addr, 4);
    }
    return out;
}

std::string address_of(int listening) {
    Address address;
    address.size = sizeof address.bytes;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (::getsockname(listening, reinterpret_cast<sockaddr*>(&address.bytes), &address.size) != 0) return {};
    if (address.bytes.ss_family == AF_INET6) {
        const auto& six = reinterpret_cast<const sockaddr_in6&>(address.bytes);
        ::inet_ntop(AF_INET6, &six.sin6_addr, text.data(), text.size());
        return fmt::format("[{}]:{}", text.data(), ntohs(six.sin6_port));
    }
    const auto& four = reinterpret_cast<const sockaddr_in&>(address.bytes);
    ::inet_ntop(AF_INET, &four.sin_addr, text.data(), text.size());
    return fmt::format("{}:{}", text.data(), ntohs(four.sin_port));
}

}  // namespace chapar::net
