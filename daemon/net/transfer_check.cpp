#include "net/transfer_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace chapar::net {
namespace {

bool is_control(char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}
bool has_control(std::string_view text) { return std::ranges::any_of(text, is_control); }

/// RFC 9110, section 5.6.2.
bool is_token(std::string_view text) {
    auto in_token = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, in_token);
}

/// Printable ASCII without space: what a URL or a host name is made of.
bool is_graphic(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
}

/// An envelope address stands between angle brackets in a command line: nothing that ends either.
bool is_safe_address(std::string_view address) {
    return address.size() <= 1000 &&
           std::ranges::none_of(address, [](char c) { return is_control(c) || c == '<' || c == '>' || c == ' '; });
}

constexpr std::size_t longest_envelope_id = 100;  // RFC 3461, section 5.4

std::string refuse_smtp(const Transfer& t) {
    if (!is_safe_address(t.mail_from)) return "the sender's address holds a control character, a space or a bracket";
    if (t.rcpt_to.empty()) return "there is no recipient";
    for (const std::string& address : t.rcpt_to) {
        if (address.empty() || !is_safe_address(address)) {
            return "a recipient's address is empty or holds a control character, a space or a bracket";
        }
    }
    if (!is_graphic(t.envelope_id) || to_xtext(t.envelope_id).size() > longest_envelope_id)
        return "the envelope's id must be printable ASCII without spaces, at most 100 bytes";
    if (!is_graphic(t.helo)) return "the EHLO name must be printable ASCII without spaces";
    if (t.body.find('\0') != std::string::npos) return "the message holds a NUL byte";
    return {};
}

std::string refuse_http(const Transfer& t) {
    if (!is_token(t.method)) return "the HTTP method is not a token";
    for (const auto& [name, value] : t.headers) {
        if (!is_token(name)) return "a header's name is not a token";
        auto bad = [](char c) { return is_control(c) && c != '\t'; };
        if (std::ranges::any_of(value, bad)) return "the header " + name + " holds a control character";
    }
    if (t.user.find(':') != std::string::npos) return "the user name holds a colon";
    return {};
}

/// CRLF at every line end, and no line begins with a dot.
bool is_in_order(std::string_view body) {
    if (!body.ends_with("\r\n") || body.front() == '.') return false;
    std::size_t crlf = 0;
    for (const char* at = body.data();
         (at = static_cast<const char*>(std::memchr(at, '\n', body.data() + body.size() - at))); ++at) {
        if (at == body.data() || at[-1] != '\r') return false;
        if (at + 1 < body.data() + body.size() && at[1] == '.') return false;
        ++crlf;
    }
    return std::cmp_equal(std::ranges::count(body, '\r'), crlf);
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
    static constexpr struct {
        std::string_view prefix;
        Url::Scheme scheme;
        std::uint16_t port;
    } schemes[] = {{"http://", Url::Scheme::http, 80},
                   {"https://", Url::Scheme::https, 443},
                   {"smtp://", Url::Scheme::smtp, 25},
                   {"smtps://", Url::Scheme::smtps, 465}};
    const auto* known = std::ranges::find_if(schemes, [&](const auto& s) { return text.starts_with(s.prefix); });
    if (known == std::end(schemes) || !is_graphic(text)) return std::nullopt;
    text.remove_prefix(known->prefix.size());
    std::string_view authority = text.substr(0, text.find_first_of("/?#"));
    if (authority.find_first_of("@\\") != authority.npos) return std::nullopt;
    Url url{known->scheme, {}, known->port};
    std::string_view rest;
    if (authority.starts_with('[')) {
        std::size_t close = authority.find(']');
        if (close == authority.npos) return std::nullopt;
        url.host = authority.substr(1, close - 1);
        rest = authority.substr(close + 1);
    } else {
        std::size_t colon = authority.find(':');
        url.host = authority.substr(0, colon);
        if (colon != authority.npos) rest = authority.substr(colon);
    }
    if (url.host.empty()) return std::nullopt;
    if (rest.empty()) return url;
    const char* end = rest.data() + rest.size();
    auto [stop, error] = std::from_chars(rest.data() + 1, end, url.port);
    if (rest.front() != ':' || error != std::errc() || stop != end || url.port == 0) return std::nullopt;
    return url;
}

std::string refusal(const Transfer& t, const std::optional<Url>& url) {
    if (!url) return "the URL is not an http, https, smtp or smtps URL of a host";
    if (has_control(t.user)) return "the user name holds a control character";
    if (t.password.find('\0') != std::string::npos) return "the password holds a NUL byte";
    bool is_smtp = url->scheme == Url::Scheme::smtp || url->scheme == Url::Scheme::smtps;
    return is_smtp ? refuse_smtp(t) : refuse_http(t);
}

std::string smtp_body(std::string body) {
    if (body.empty()) return "\r\n";
    if (is_in_order(body)) return body;
    std::string out;
    out.reserve(body.size() + body.size() / 32 + 16);
    bool line_start = true;
    for (std::size_t i = 0; i < body.size(); ++i) {
        char c = body[i];
        if (c == '\r' || c == '\n') {
            if (c == '\r' && i + 1 < body.size() && body[i + 1] == '\n') ++i;
            out += "\r\n";
            line_start = true;
            continue;
        }
        if (line_start && c == '.') out.push_back('.');
        out.push_back(c);
        line_start = false;
    }
    if (!line_start) out += "\r\n";
    return out;
}

std::string to_xtext(std::string_view text) {
    static constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && c != '+' && c != '=')
            out += c;
        else
            out += {'+', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

bool has_eight_bit(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace chapar::net
