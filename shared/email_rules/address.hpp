/// Email addresses, strictly: one dot-atom, one domain name (RFC 5321 section 4.1.2, RFC 6531). Quoted local parts,
/// comments, routes, address literals and lists are refused, for they are where injection hides.
/// Pure functions, any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace chapar::email {

struct Address {
    std::string local;
    std::string domain;  ///< A-labels, lower case
    bool needs_smtp_utf8 = false;

    [[nodiscard]] std::string text() const { return local + '@' + domain; }
};

struct Mailbox {
    std::string name;  ///< display name, UTF-8, may be empty
    Address address;
};

/// On failure: a sentence that names the flaw without repeating the input.
std::expected<Address, std::string> parse_address(std::string_view text);

/// `a@b`, `<a@b>`, `Name <a@b>` or `"Name" <a@b>`.
std::expected<Mailbox, std::string> parse_mailbox(std::string_view text);

/// A domain as A-labels (UTS 46, non-transitional, STD3 rules).
std::expected<std::string, std::string> to_ascii_domain(std::string_view domain);

}  // namespace chapar::email
