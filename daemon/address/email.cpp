#include "address/email.hpp"

#include "email/rules/address.hpp"
#include "email/rules/clean.hpp"

#include "base/utf8.hpp"

namespace chapar::address {
namespace {

using Answer = std::expected<std::string, std::string>;
std::unexpected<std::string> no(std::string why) { return std::unexpected(std::move(why)); }

constexpr std::size_t longest_written = 1024;  // with all its invisible marks

}  // namespace

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
