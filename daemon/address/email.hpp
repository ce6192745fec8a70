#pragma once
// Email addresses made canonical, or refused: one text that is safe to put into any protocol. Pure; callable from any
// thread. Sources: RFC 5321 section 4.1.2, RFC 6531 (UTF-8 local parts), UTS 46 (IDN).

#include <expected>
#include <string>
#include <string_view>

namespace chapar::address {

/// Domain in lower case and as A-labels, local part untouched. Refused: control characters, CR, LF, quotes, comments,
/// address literals, lengths beyond RFC 5321. The error is a sentence.
std::expected<std::string, std::string> canonical_email(std::string_view text);

/// It is canonical as it stands, of small letters, digits and the usual signs, as nearly all are: a quick look without
/// memory. False says nothing.
bool is_plain(std::string_view text);

/// No C0, C1 or DEL, no U+2028/2029, and valid UTF-8.
bool is_one_line(std::string_view text);

}  // namespace chapar::address
