#include "email_rules/clean.hpp"

#include "basic/utf8.hpp"
#include "email_rules/address.hpp"
#include "email_rules/text.hpp"

#include <algorithm>
#include <array>

namespace chapar::email {

namespace {

constexpr std::size_t longest_uri = 900;

bool is_break(char32_t c) { return (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0x2028 || c == 0x2029; }

bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

/// Nothing is drawn for it, and no word is spelled with it.
bool is_invisible(char32_t c) {
    return c == 0xAD || c == 0x61C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2060 && c <= 0x2069) || c == 0xFEFF || c == 0x180E;
}

bool is_blank(char32_t c) { return c == ' ' || c == 0xA0 || c == 0x202F || c == 0x3000 || is_break(c); }

/// Of RFC 3986: reserved or unreserved, or the percent sign of an encoding.
bool may_stand_in_uri(char c) { return is_alnum(c) || std::string_view("-._~:/?#[]@!$&'()*+,;=").contains(c); }

bool is_encoding(std::string_view text) {
    constexpr auto is_hex = [](char c) { return is_alnum(c) && ascii_lower(c) <= 'f'; };
    return text.size() >= 3 && text[0] == '%' && is_hex(text[1]) && is_hex(text[2]);
}

void append_encoded(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (may_stand_in_uri(text[at]) || is_encoding(text.substr(at))) {
            out += text[at];
            continue;
        }
        const auto byte = static_cast<unsigned char>(text[at]);
        ((out += '%') += hex[byte >> 4]) += hex[byte & 15];
    }
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty()) {
        const auto [c, size] = code_point_at(text, 0);
        if (size == 0 || !(is_blank(c) || is_invisible(c))) break;
        text.remove_prefix(size);
    }
    while (!text.empty()) {
        const std::size_t at = basic::character_begin(text, text.size() - 1);
        const auto [c, size] = code_point_at(text, at);
        if (size == 0 || !(is_blank(c) || is_invisible(c))) break;
        text.remove_suffix(text.size() - at);
    }
    return text;
}

/// [user@]host[:port] with its host as A-labels; an address literal and a port stay.
std::expected<std::string, std::string> clean_authority(std::string_view authority) {
    if (authority.contains('@')) return std::unexpected("the link names a user before its host");
    const auto close = authority.starts_with('[') ? authority.find(']') : std::string_view::npos;
    if (authority.starts_with('[') && close == std::string_view::npos)
        return std::unexpected("the link's host is not a name");
    const auto colon = authority.find(':', close == std::string_view::npos ? 0 : close);
    const auto port = colon == std::string_view::npos ? std::string_view() : authority.substr(colon);
    if (port.size() > 6 || port.find_first_not_of("0123456789", 1) != std::string_view::npos)
        return std::unexpected("the link's port is not a number");
    const auto host = authority.substr(0, colon);
    if (host.empty()) return std::unexpected("the link has no host");
    if (host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos)
        return std::string(authority);
    auto ascii = to_ascii_domain(host.ends_with('.') ? host.substr(0, host.size() - 1) : host);
    if (!ascii) return std::unexpected("the link's host is not a name: " + ascii.error());
    return *ascii + std::string(port);
}

}  // namespace

std::vector<std::string_view> split_uris(std::string_view given) {
    std::vector<std::string_view> uris;
    const bool bracketed = given.contains('<');
    while (!(given = trimmed(given)).empty()) {
        if (bracketed) {
            const auto end = given.starts_with('<') ? given.find('>') : std::string_view::npos;
            uris.push_back(end == std::string_view::npos ? std::string_view() : given.substr(1, end - 1));
            if (end == std::string_view::npos) break;
            given.remove_prefix(end + 1);
        } else {
            // A blank parts two addresses only where another one begins behind it.
            std::size_t end = 0;
            do {
                end = std::min(given.find_first_of(" \t\r\n", end + 1), given.size());
                const auto next = trimmed(given.substr(end));
                if (next.empty() || find_ignoring_case(next, "https:") == 0 || find_ignoring_case(next, "http:") == 0 ||
                    find_ignoring_case(next, "mailto:") == 0)
                    break;
            } while (end < given.size());
            const auto uri = given.substr(0, end);
            uris.push_back(uri.ends_with(',') ? uri.substr(0, uri.size() - 1) : uri);
            given.remove_prefix(end);
        }
        given = trimmed(given);
        if (given.starts_with(',')) given.remove_prefix(1);
    }
    return uris;
}

std::string clean_line(std::string_view text) {
    std::string out;
    bool has_gap = false;
    for (std::size_t at = 0; at < text.size();) {
        const auto [c, size] = code_point_at(text, at);
        const auto piece = text.substr(at, size == 0 ? 1 : size);
        at += piece.size();
        if (size != 0 && is_break(c)) {
            has_gap = true;
            continue;
        }
        if (size != 0 && (is_control(c) || is_reordering(c))) continue;
        if (has_gap && !out.empty() && !out.ends_with(' ') && piece != " ") out += ' ';
        has_gap = false;
        out += piece;
    }
    return out;
}

std::string clean_address(std::string_view text) {
    std::string out;
    text = trimmed(text);
    for (std::size_t at = 0; at < text.size();) {
        const auto [c, size] = code_point_at(text, at);
        const auto piece = text.substr(at, size == 0 ? 1 : size);
        at += piece.size();
        if (size == 0 || !is_invisible(c)) out += piece;
    }
    return out;
}

std::string clean_mailbox(std::string_view text) {
    text = trimmed(text);
    const auto open = text.ends_with('>') ? text.rfind('<') : std::string_view::npos;
    if (open == std::string_view::npos) return clean_address(text);
    auto name = clean_line(trimmed(text.substr(0, open)));
    // "a@b.example, Shop <c@d.example>" is a list, which stays refused; brackets and commas alone are part of a name.
    const bool wants_quotes =
        !name.starts_with('"') && !name.contains('@') && name.find_first_of("<>,;:\\\"") != std::string::npos;
    if (wants_quotes) {
        std::string quoted = "\"";
        for (const char c : name) {
            if (c == '"' || c == '\\') quoted += '\\';
            quoted += c;
        }
        name = std::move(quoted += '"');
    }
    if (!name.empty()) name += ' ';
    return name + '<' + clean_address(text.substr(open + 1, text.size() - open - 2)) + '>';
}

std::expected<std::string, std::string> clean_uri(std::string_view text) {
    text = trimmed(text);
    if (!is_utf8(text)) return std::unexpected("the link is not UTF-8");
    std::string out;
    std::string_view rest;
    if (find_ignoring_case(text, "mailto:") == 0) {
        out = "mailto:";
        rest = text.substr(out.size());
        const auto address = parse_address(clean_address(rest.substr(0, rest.find('?'))));
        if (!address) return std::unexpected("the link's address is refused: " + address.error());
        append_encoded(out, address->text());
        rest = rest.contains('?') ? rest.substr(rest.find('?')) : std::string_view();
    } else {
        const bool is_safe = find_ignoring_case(text, "https://") == 0;
        if (!is_safe && find_ignoring_case(text, "http://") != 0)
            return std::unexpected("it is not an https, http or mailto address");
        out = is_safe ? "https://" : "http://";
        rest = text.substr(out.size());
        const auto authority = rest.substr(0, rest.find_first_of("/?#"));
        auto host = clean_authority(clean_address(authority));
        if (!host) return host;
        out += *host;
        rest.remove_prefix(authority.size());
    }
    append_encoded(out, clean_line(rest));
    if (out.size() > longest_uri) return std::unexpected("the link is longer than 900 bytes");
    return out;
}

std::expected<std::string, std::string> clean_unsubscribe(std::string_view text) {
    std::string out;
    for (const auto uri : split_uris(text)) {
        auto clean = clean_uri(uri);
        if (!clean) return clean;
        (((out += out.empty() ? "" : ", ") += '<') += *clean) += '>';
    }
    if (out.empty()) return std::unexpected("it is empty");
    return out;
}

bool offers_opt_out(std::string_view body) {
    constexpr auto links = std::to_array<std::string_view>({"http://", "https://", "mailto:"});
    constexpr auto words = std::to_array<std::string_view>(
        {"unsubscribe", "opt out", "opt-out", "optout", "opt_out", "preferences", "لغو", "انصراف", "إلغاء", "الغاء"});
    const auto has = [body](std::string_view word) { return find_ignoring_case(body, word) != std::string_view::npos; };
    return std::ranges::any_of(links, has) && std::ranges::any_of(words, has);
}

}  // namespace chapar::email
