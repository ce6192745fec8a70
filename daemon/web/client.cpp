#include "web/client.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace chapar::web {
namespace {

constexpr auto kept_names = std::to_array<std::string_view>(
    {"host", "user-agent", "content-type", "accept-language", "origin", "x-forwarded-for", "via", "forwarded", "dnt",
     "sec-gpc", "sec-purpose", "purpose", "x-purpose", "x-moz", "sec-fetch-mode", "sec-fetch-user", "sec-fetch-site"});
constexpr std::string_view forwarded_for = "x-forwarded-for";

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is(std::string_view name, std::string_view lower) {
    return name.size() == lower.size() &&
           std::equal(name.begin(), name.end(), lower.begin(), [](char a, char b) { return to_lower(a) == b; });
}

std::string_view without_blanks_around(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// "192.0.2.1", "192.0.2.1:1234", "2001:db8::1", "[2001:db8::1]:443": all are seen in the wild.
std::optional<engage::IpAddress> forwarded_address(std::string_view text) {
    text = without_blanks_around(text);
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const auto behind = text.substr(close + 1);
        if (!behind.empty() && behind.front() != ':') return std::nullopt;
        return engage::parse_address(text.substr(1, close - 1));
    }
    if (std::ranges::count(text, ':') == 1) text = text.substr(0, text.find(':'));
    return engage::parse_address(text);
}

/// The weight of one range of Accept-Language in thousandths: 1000 without a q.
int weight_of(std::string_view parameters) {
    const auto q = parameters.find("q=");
    if (q == std::string_view::npos) return 1000;
    const auto text = without_blanks_around(parameters.substr(q + 2));
    if (text.starts_with('1')) return 1000;
    if (!text.starts_with("0.") && text != "0") return text.starts_with('0') ? 0 : 1000;
    int out = 0, digits = 0;
    for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
        if (c < '0' || c > '9' || digits == 3) break;
        out = out * 10 + (c - '0');
        ++digits;
    }
    for (; digits < 3; ++digits)
        out *= 10;
    return out;
}

}  // namespace

std::span<const std::string_view> kept_headers() { return kept_names; }

HeadersSeen read_headers(const net::Request& request) {
    HeadersSeen out;
    std::size_t purpose_rank = kept_names.size();
    for (const auto& [name, value] : request.headers) {
        if (is(name, "user-agent")) {
            out.user_agent = value;
        } else if (is(name, "host")) {
            out.host = value;
        } else if (is(name, "accept-language")) {
            out.accept_language = value;
        } else if (is(name, "content-type")) {
            out.content_type = value;
        } else if (is(name, "origin")) {
            out.origin = value;
        } else if (is(name, "sec-fetch-mode")) {
            out.fetch_mode = value;
        } else if (is(name, "sec-fetch-user")) {
            out.fetch_user = value;
        } else if (is(name, "sec-fetch-site")) {
            out.fetch_site = value;
        } else if (is(name, "via") || is(name, "forwarded")) {
            out.is_proxied = true;
        } else if (is(name, "dnt") || is(name, "sec-gpc")) {
            out.wants_privacy = out.wants_privacy || without_blanks_around(value) == "1";
        } else if (is(name, forwarded_for)) {
            continue;  // client_of
        } else if (!value.empty()) {
            // Of the ways to say that something is fetched ahead, the standard's own counts first.
            const auto rank = static_cast<std::size_t>(
                std::ranges::find_if(kept_names, [&, n = std::string_view(name)](auto each) { return is(n, each); }) -
                kept_names.begin());
            if (rank < purpose_rank) {
                purpose_rank = rank;
                out.purpose = value;
            }
        }
    }
    return out;
}

engage::IpAddress to_address(const net::NetAddress& bytes) {
    engage::IpAddress out;
    for (std::size_t i = 0; i < 8; ++i) {
        out.high = out.high << 8 | bytes[i];
        out.low = out.low << 8 | bytes[i + 8];
    }
    return out;
}

TrustedProxies::TrustedProxies(std::span<const std::string> blocks) {
    for (const auto& text : blocks)
        if (const auto block = engage::parse_cidr(text)) blocks_.push_back(*block);
}

bool TrustedProxies::has(const engage::IpAddress& address) const {
    return std::ranges::any_of(blocks_, [&](const auto& block) { return block.contains(address); });
}

engage::IpAddress client_of(const net::Peer& peer, const net::Request& request, const TrustedProxies& trusted) {
    auto who = to_address(peer.address);
    for (auto header = request.headers.rbegin(); header != request.headers.rend(); ++header) {
        if (!is(header->first, forwarded_for)) continue;
        std::string_view left = header->second;
        for (;;) {
            if (!trusted.has(who)) return who;
            const auto comma = left.rfind(',');
            const auto last = left.substr(comma == std::string_view::npos ? 0 : comma + 1);
            const auto said = forwarded_address(last);
            if (!said) return who;
            who = *said;
            if (comma == std::string_view::npos) break;
            left = left.substr(0, comma);
        }
    }
    return who;
}

std::string_view language_of(std::string_view accept_language) {
    int fa = 0, en = 0;
    while (!accept_language.empty()) {
        const auto comma = std::min(accept_language.find(','), accept_language.size());
        auto range = without_blanks_around(accept_language.substr(0, comma));
        accept_language.remove_prefix(std::min(comma + 1, accept_language.size()));
        const auto semicolon = std::min(range.find(';'), range.size());
        const auto weight = weight_of(range.substr(semicolon));
        const auto tag = without_blanks_around(range.substr(0, semicolon));
        const auto primary = tag.substr(0, tag.find('-'));
        if (is(primary, "fa")) fa = std::max(fa, weight);
        if (is(primary, "en")) en = std::max(en, weight);
    }
    if (fa == 0 && en == 0) return {};
    return fa >= en ? "fa" : "en";
}

std::string host_of(std::string_view host) {
    const auto bracket = host.starts_with('[') ? host.find(']') : 0;
    if (bracket != std::string_view::npos) host = host.substr(0, host.find(':', bracket));
    std::string out(host);
    std::ranges::transform(out, out.begin(), to_lower);
    if (out.ends_with('.')) out.pop_back();
    return out;
}

}  // namespace chapar::web
