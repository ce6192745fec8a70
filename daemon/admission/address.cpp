#include "admission/address.hpp"

#include "address/email.hpp"
#include "email_rules/address.hpp"
#include "email_rules/clean.hpp"
#include "numbers/phone.hpp"

namespace chapar::admission {
namespace {

using Answer = std::expected<std::string, std::string>;
std::unexpected<std::string> no(std::string why) { return std::unexpected(std::move(why)); }

}  // namespace

bool is_one_line(std::string_view text) { return address::is_one_line(text); }

Answer canonical_email(std::string_view text) { return address::canonical_email(text); }

Answer canonical_phone(std::string_view text, std::string_view country) { return numbers::to_e164(text, country); }

Answer mailbox_address(std::string_view text) {
    if (!is_one_line(text)) return no("control characters have no place in a sender");
    const auto parsed = email::parse_mailbox(email::clean_mailbox(text));
    if (parsed) return canonical_email(parsed->address.text());
    if (!text.contains('@')) return no("an email address looks like name@example.com");
    return no("this is no address such as name@example.com or Name <name@example.com>: " + parsed.error());
}

bool matches_sender(std::string_view pattern, std::string_view canonical) {
    if (pattern == "*") return true;
    const auto at = canonical.rfind('@');
    if (pattern.starts_with("*@")) {
        const auto wanted = canonical_email("x@" + std::string(pattern.substr(2)));
        return wanted && std::string_view(*wanted).substr(1) == canonical.substr(at);
    }
    const auto wanted = canonical_email(pattern);
    return wanted && *wanted == canonical;
}

}  // namespace chapar::admission
