#include "net/proxy_header.hpp"

#include <algorithm>

namespace chapar::net {
namespace {

constexpr std::string_view proxy_signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t proxy_fixed = 16;
constexpr unsigned command_local = 0, command_proxy = 1;
constexpr unsigned family_v4 = 1, family_v6 = 2, family_unix = 3;
constexpr std::size_t v4_bytes = 12, v6_bytes = 36, unix_bytes = 216;

unsigned byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

ProxyHeader wrong_header() { return {.is = ProxyHeader::Is::wrong}; }

NetAddress source_v4(std::string_view bytes) {
    NetAddress out{};
    out[10] = out[11] = 0xFF;
    std::copy_n(bytes.begin(), 4, out.begin() + 12);
    return out;
}

NetAddress source_v6(std::string_view bytes) {
    NetAddress out{};
    std::copy_n(bytes.begin(), 16, out.begin());
    return out;
}

}  // namespace

ProxyHeader read_proxy_header(std::string_view bytes) {
    const auto begin = bytes.substr(0, proxy_signature.size());
    if (!proxy_signature.starts_with(begin)) return wrong_header();
    if (bytes.size() < proxy_fixed) return {};
    const auto version = byte_at(bytes, 12) >> 4, command = byte_at(bytes, 12) & 0xF;
    const auto family = byte_at(bytes, 13) >> 4;
    const std::size_t length = byte_at(bytes, 14) << 8 | byte_at(bytes, 15);
    if (version != 2 || command > command_proxy || family > family_unix) return wrong_header();
    if (proxy_fixed + length > longest_proxy_header) return wrong_header();
    if (bytes.size() < proxy_fixed + length) return {};
    ProxyHeader out{.is = ProxyHeader::Is::good, .size = proxy_fixed + length};
    if (command == command_local) return out;
    const auto addresses = bytes.substr(proxy_fixed, length);
    const std::size_t needed = family == family_v4     ? v4_bytes
                               : family == family_v6   ? v6_bytes
                               : family == family_unix ? unix_bytes
                                                       : 0;
    if (addresses.size() < needed) return wrong_header();
    if (family == family_v4) out.source = source_v4(addresses);
    if (family == family_v6) out.source = source_v6(addresses);
    return out;
}

}  // namespace chapar::net
