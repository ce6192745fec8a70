#pragma once
// Addresses made canonical, or refused: one text per person and channel, safe to put into any protocol. Pure;
// callable from any thread. Sources: RFC 5321 section 4.1.2, RFC 6531 (UTF-8 local parts), UTS 46 (IDN), E.164.

#include <expected>
#include <string>
#include <string_view>

namespace chapar::admission {

/// Domain in lower case and as A-labels, local part untouched. Refused: control characters, CR, LF, quotes, comments,
/// address literals, lengths beyond RFC 5321. The error is a sentence.
std::expected<std::string, std::string> canonical_email(std::string_view text);

/// E.164, as numbers/phone.hpp understands it; a national number belongs to `country` (ISO 3166, "IR").
std::expected<std::string, std::string> canonical_phone(std::string_view text, std::string_view country);

/// The address of "Name <a@b>" or "a@b", canonical.
std::expected<std::string, std::string> mailbox_address(std::string_view text);

/// `pattern`: "*", "*@domain" or an address; compared in canonical form.
bool matches_sender(std::string_view pattern, std::string_view canonical);

/// No C0, C1 or DEL, no U+2028/2029, and valid UTF-8.
bool is_one_line(std::string_view text);

}  // namespace chapar::admission
