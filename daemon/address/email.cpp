#include "address/email.hpp"

#include "email_rules/address.hpp"
#include "email_rules/clean.hpp"

#include "base/utf8.hpp"

#include <algorithm>

namespace chapar::address {
namespace {

using Answer = std::expected<std::string, std::string>;
std::unexpected<std::string> no(std::string why) { return std::unexpected(std::move(why)); }

constexpr std::size_t longest_written = 1024;  // with all its invisible marks

bool is_plain_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Labels of small letters, digits and inner hyphens, two at least, the last one no number; none in an IDN's encoding.
bool is_plain_domain(std::string_view domain) {
    if (domain.size() > 253 || !domain.contains('.') || domain.contains("xn--")) return false;
    std::string_view label;
    for (std::size_t at = 0; at <= domain.size(); at += label.size() + 1) {
        label = domain.substr(at, domain.find('.', at) - at);
        if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
        if (!std::ranges::all_of(label, [](char c) { return is_plain_letter(c) || c == '-'; })) return false;
    }
    return std::ranges::any_of(label, [](char c) { return c >= 'a'; });
}

}  // namespace

bool is_plain(std::string_view text) {
    const auto at = text.find('@');
    if (at == 0 || at == std::string_view::npos || at > 64 || text.size() > 254) return false;
    const auto local = text.substr(0, at);
    if (local.front() == '.' || local.back() == '.' || local.contains("..")) return false;
    const bool fits = std::ranges::all_of(
        local, [](char c) { return is_plain_letter(c) || c == '.' || c == '-' || c == '_' || c == '+'; });
    return fits && is_plain_domain(text.substr(at + 1));
}

bool is_one_line(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_sequence_length(text);
        if (length == 0) return false;
        const auto first = static_cast<unsigned char>(text[0]);
        if (length == 1 && (first < 0x20 || first == 0x7F)) return false;
        if (length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return false;  // C1
        if (length == 3 && (text.starts_with("\xE2\x80\xA8") || text.starts_with("\xE2\x80\xA9"))) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// The rules are those that the email plugin sends by: what is let in here is not refused there.
Answer canonical_email(std::string_view written) {
    if (is_plain(written)) return std::string(written);
    if (written.size() > longest_written) return no("an email address has at most 254 bytes");
    if (!is_one_line(written)) return no("control characters have no place in an email address");
    const auto text = email::clean_address(written);
    const auto at = text.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == text.size())
        return no("an email address looks like name@example.com");
    const auto parsed = email::parse_address(text);
    if (!parsed) return no("this is no email address: " + parsed.error());
    if (!parsed->domain.contains('.') && parsed->domain != "localhost")
        return no("the part after @ is not a domain name");
    return parsed->text();
}

}  // namespace chapar::address
