#pragma once
// What a transfer must satisfy before a byte of it leaves (attacks S1, S2, S3): no control bytes where a line end would
// become a command or a header, and SMTP bodies whose line ends mean the same to every server. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/transfers.hpp"

namespace chapar::net {

struct Url {
    enum class Scheme : std::uint8_t { http, https, smtp, smtps } scheme = Scheme::http;
    std::string host;  // without the brackets of an IPv6 literal
    std::uint16_t port = 0;
};

/// scheme://host[:port][/...]; nullopt: another scheme, user information, or not a URL that we take.
std::optional<Url> parse_url(std::string_view text);

/// Why the transfer is not allowed, in a sentence; empty: it is.
std::string refusal(const Transfer& transfer, const std::optional<Url>& url);

/// The text between 354 and the final dot (RFC 5321, section 4.5.2): every bare CR or LF becomes CRLF, lines that begin
/// with a dot get another one, the last line ends. Cheap when the body is in order already.
std::string smtp_body(std::string body);

/// A byte outside ASCII.
bool has_eight_bit(std::string_view text);
/// RFC 3461, section 4: what is not printable ASCII, "+" and "=" as +XX.
std::string to_xtext(std::string_view text);

}  // namespace chapar::net
