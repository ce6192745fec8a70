#include "config/web_values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "config/checks.hpp"

namespace chapar::config {
namespace {

constexpr std::string_view https = "https://", http = "http://";

bool is_host_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

/// Labels of small letters, digits and '-', as browsers send them: a name in Persian letters is its xn-- form here.
bool is_plain_host(std::string_view host) {
    if (host.empty() || host.size() > 253) return false;
    for (;;) {
        const auto dot = host.find('.');
        const auto label = host.substr(0, dot);
        const bool good = !label.empty() && label.size() <= 63 && std::ranges::all_of(label, is_host_letter) &&
                          label.front() != '-' && label.back() != '-';
        if (!good) return false;
        if (dot == std::string_view::npos) return true;
        host.remove_prefix(dot + 1);
    }
}

bool is_port(std::string_view text) {
    const auto is_number = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, is_number) || text.front() == '0') return false;
    return std::stoi(std::string(text)) <= 65'535;
}

bool is_this_machine(std::string_view host) { return host == "localhost" || host == "127.0.0.1" || host == "[::1]"; }

/// How long the block's first part is; -1: not an address.
int bits_of(const std::string& address, std::array<unsigned char, 16>& bytes) {
    if (::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) return 32;
    return ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 ? 128 : -1;
}

bool is_zero_behind(const std::array<unsigned char, 16>& bytes, int from, int to) {
    for (int i = from; i < to; ++i) {
        const auto byte = bytes.at(static_cast<std::size_t>(i / 8));
        if ((byte >> (7 - i % 8) & 1) != 0) return false;
    }
    return true;
}

}  // namespace

std::string check_base_url(const std::string& text) {
    constexpr const char* expected =
        "expected https:// and a host in small letters, such as \"https://m.shop.ir\": no path, "
        "no slash at the end";
    std::string_view rest = text;
    const bool is_plain = rest.starts_with(http);
    if (!is_plain && !rest.starts_with(https)) return expected;
    rest.remove_prefix(is_plain ? http.size() : https.size());
    const auto close = rest.starts_with('[') ? rest.find(']') : 0;
    const auto colon = close == std::string_view::npos ? close : rest.find(':', close);
    const auto host = rest.substr(0, colon);
    if (colon != std::string_view::npos && !is_port(rest.substr(colon + 1))) return expected;
    if (is_this_machine(host)) return {};
    if (!is_plain_host(host)) return expected;
    return is_plain ? "expected https: people's clicks would go over the wire in the clear (http is for localhost)"
                    : "";
}

std::string check_block(const std::string& text) {
    constexpr const char* expected = "expected an address or a block, such as \"127.0.0.1\" or \"10.1.0.0/16\"";
    const auto slash = text.find('/');
    std::array<unsigned char, 16> bytes{};
    const int most = bits_of(text.substr(0, slash), bytes);
    if (most < 0) return expected;
    if (slash == std::string::npos) return {};
    const auto digits = text.substr(slash + 1);
    const bool is_number = !digits.empty() && digits.size() <= 3 &&
                           digits.find_first_not_of("0123456789") == std::string::npos &&
                           (digits.size() == 1 || digits.front() != '0');
    if (!is_number || std::stoi(digits) > most) return expected;
    if (std::stoi(digits) == 0) return "expected a smaller block: everybody could say that they are somebody else";
    return is_zero_behind(bytes, std::stoi(digits), most)
               ? ""
               : "expected the first address of its block: behind its length all bits are zero";
}

std::string check_link_host(const std::string& text) {
    const std::string_view host = text.starts_with("*.") ? std::string_view(text).substr(2) : std::string_view(text);
    return is_plain_host(host) ? "" : "expected a host in small letters, such as \"shop.ir\" or \"*.shop.ir\"";
}

std::string check_secret_name(const std::string& text) {
    if (text.starts_with('/')) return check_absolute_path(text);
    const bool is_name = !text.empty() && text.find('/') == std::string::npos && text != ".." && text != ".";
    return is_name ? ""
                   : "expected the name of a secret, such as \"seal-key\", or an absolute path; never the key itself";
}

}  // namespace chapar::config
