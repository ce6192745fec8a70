#include "engage/destination.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "email_rules/address.hpp"
#include "email_rules/text.hpp"

namespace chapar::engage {
namespace {

constexpr std::string_view upper_hex = "0123456789ABCDEF";

bool is_c0_or_space(char c) { return static_cast<unsigned char>(c) <= 0x20; }

std::string_view without_outer_blanks(std::string_view text) {
    while (!text.empty() && is_c0_or_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_c0_or_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Browsers take these out wherever they stand.
std::string without_breaks(std::string_view text) {
    std::string out;
    std::ranges::copy_if(text, std::back_inserter(out), [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
    return out;
}

void append_percent(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    ((out += '%') += upper_hex[byte >> 4]) += upper_hex[byte & 15];
}

/// Path, query and fragment. What is visible ASCII stays, whatever it is: the server may have signed it.
void append_rest(std::string& out, std::string_view rest) {
    const auto is_visible = [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '\\'; };
    const auto path_end = std::min(rest.find_first_of("?#"), rest.size());
    for (std::size_t at = 0; at < rest.size();) {
        std::size_t end = at;
        while (end < rest.size() && is_visible(rest[end]))
            ++end;
        out += rest.substr(at, end - at);
        if (end == rest.size()) return;
        if (rest[end] != '\\')
            append_percent(out, rest[end]);
        else
            out += end < path_end ? '/' : '\\';
        at = end + 1;
    }
}

bool is_plain_host(std::string_view host) {
    return std::ranges::all_of(host, [](char c) { return email::is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_bracketed_address(std::string_view host) {
    return host.size() > 4 && host.starts_with('[') && host.ends_with(']') &&
           host.substr(1, host.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

/// As it goes into the address: with its last dot. Empty: not a host.
std::string wire_host(std::string_view host) {
    if (host.empty() || host.size() > 253 || host == ".") return {};
    if (is_bracketed_address(host)) return email::to_lower(host);
    if (is_plain_host(host))
        return host.contains("..") || host.starts_with('.') ? std::string() : email::to_lower(host);
    if (email::is_ascii(host)) return {};
    const bool has_dot = host.ends_with('.');
    auto ascii = email::to_ascii_domain(has_dot ? host.substr(0, host.size() - 1) : host);
    if (!ascii) return {};
    return has_dot ? *ascii + '.' : *std::move(ascii);
}

bool is_port(std::string_view port) {
    if (port.empty()) return true;  // "https://shop.ir:/" is allowed
    if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    unsigned value = 0;
    for (const char c : port)
        value = value * 10 + static_cast<unsigned>(c - '0');
    return value <= 65535;
}

std::expected<Destination, LinkFate> read_authority(std::string_view scheme, std::string_view rest) {
    const auto authority = rest.substr(0, rest.find_first_of("/\\?#"));
    if (authority.contains('@')) return std::unexpected(LinkFate::has_user);
    const auto close = authority.starts_with('[') ? authority.find(']') : 0;
    if (close == std::string_view::npos) return std::unexpected(LinkFate::not_a_url);
    const auto colon = authority.find(':', close);
    const auto port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon + 1);
    auto host = wire_host(authority.substr(0, colon));
    if (host.empty() || !is_port(port)) return std::unexpected(LinkFate::not_a_url);
    Destination out;
    (out.url += scheme) += host;
    if (!port.empty()) (out.url += ':') += port;
    append_rest(out.url, rest.substr(authority.size()));
    if (host.ends_with('.')) host.pop_back();
    out.host = std::move(host);
    return out;
}

/// The key of "key=value" as the server will read it.
std::string decoded_key(std::string_view pair) {
    std::string out;
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        const char low = email::ascii_lower(c);
        return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
    };
    const auto key = pair.substr(0, pair.find('='));
    for (std::size_t at = 0; at < key.size(); ++at) {
        if (key[at] == '%' && at + 2 < key.size() && digit(key[at + 1]) >= 0 && digit(key[at + 2]) >= 0) {
            out += static_cast<char>(digit(key[at + 1]) * 16 + digit(key[at + 2]));
            at += 2;
        } else {
            out += key[at] == '+' ? ' ' : key[at];
        }
    }
    return out;
}

bool has_key(std::string_view query, std::string_view key) {
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        if (decoded_key(pair) == key) return true;
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
    }
    return false;
}

}  // namespace

std::string_view explain(LinkFate fate) {
    switch (fate) {
        case LinkFate::rewritten:
            return "it leads over this site";
        case LinkFate::not_web:
            return "it is not an http or https address";
        case LinkFate::turned_off:
            return "data-chapar-track is off";
        case LinkFate::ours:
            return "it is a page of this site already";
        case LinkFate::as_written:
            return "it is the message's own way out";
        case LinkFate::has_user:
            return "it names a user before its host";
        case LinkFate::not_a_url:
            return "it is not an address that a browser could open";
        case LinkFate::foreign_host:
            return "its host comes from the data and is not in link_hosts";
        case LinkFate::too_long:
            return "with its parameters it is longer than 1500 bytes";
        case LinkFate::too_many:
            return "the message has more links than can be numbered";
    }
    return "";
}

std::expected<Destination, LinkFate> read_destination(std::string_view href) {
    href = without_outer_blanks(href);
    std::string joined;
    if (href.find_first_of("\t\r\n") != std::string_view::npos) href = joined = without_breaks(href);
    const bool is_safe = email::find_ignoring_case(href.substr(0, 8), "https://") == 0;
    if (!is_safe && email::find_ignoring_case(href.substr(0, 7), "http://") != 0)
        return std::unexpected(LinkFate::not_web);
    if (!email::is_utf8(href)) return std::unexpected(LinkFate::not_a_url);
    return read_authority(is_safe ? "https://" : "http://", href.substr(is_safe ? 8 : 7));
}

bool is_among(std::string_view host, std::span<const std::string> hosts) {
    return std::ranges::any_of(hosts, [host](const std::string& each) {
        if (!each.starts_with("*.")) return host == each;
        return host.size() > each.size() - 1 && host.ends_with(std::string_view(each).substr(1));
    });
}

std::string comparable_host(std::string_view host) {
    const bool is_wild = host.starts_with("*.");
    auto out = wire_host(is_wild ? host.substr(2) : host);
    if (out.ends_with('.')) out.pop_back();
    return is_wild && !out.empty() ? "*." + out : out;
}

void add_utm(std::string& url, const Utm& utm, std::string_view link_name) {
    const std::array<std::pair<std::string_view, std::string_view>, 4> wanted = {{{"utm_source", utm.source},
                                                                                  {"utm_medium", utm.medium},
                                                                                  {"utm_campaign", utm.campaign},
                                                                                  {"utm_content", link_name}}};
    const std::size_t fragment = std::min(url.find('#'), url.size());
    const std::size_t mark = std::min(url.find('?'), fragment);
    const std::string_view query =
        mark == fragment ? std::string_view() : std::string_view(url).substr(mark + 1, fragment - mark - 1);
    std::string added;
    for (const auto& [key, value] : wanted) {
        if (value.empty() || has_key(query, key)) continue;
        if (!added.empty()) added += '&';
        (added += key) += '=';
        for (const char c : value) {
            if (email::is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~')
                added += c;
            else
                append_percent(added, c);
        }
    }
    if (added.empty()) return;
    const bool joins = !query.empty() && !query.ends_with('&');
    url.insert(fragment, (mark == fragment ? "?" : joins ? "&" : "") + added);
}

}  // namespace chapar::engage
