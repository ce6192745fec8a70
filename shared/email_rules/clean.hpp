/// What a person's writing needs to become fit for a header, an address or a link. Pure functions, any thread.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::email {

/// One line: breaks and tabs become a blank (many in a row one), other control characters and marks that reorder what
/// stands around them go. What is not UTF-8 stays, for `header_flaw` to refuse.
std::string clean_line(std::string_view text);

/// An address without what can't be seen: zero-width and direction marks, soft hyphens, a byte order mark, and the
/// blanks around it.
std::string clean_address(std::string_view text);

/// `Name <a@b>`: its name as one line, its address as above.
std::string clean_mailbox(std::string_view text);

/// An https:, http: or mailto: address as it goes on the wire: the host as A-labels, everything else that is not
/// visible ASCII percent-encoded, blanks inside too. On failure: a sentence.
std::expected<std::string, std::string> clean_uri(std::string_view text);

/// The addresses of a List-Unsubscribe value, as they stand there: `<a>, <b>`, `a, b` or `a b`. A comma inside an
/// address stays in it. Borrowed from `given`; an empty one: a bracket is not closed.
std::vector<std::string_view> split_uris(std::string_view given);

/// Each address of a List-Unsubscribe value (`<a>, <b>`, `a, b` or `a b`) made so, in its brackets.
std::expected<std::string, std::string> clean_unsubscribe(std::string_view text);

/// Whether a body offers an end to it: a link, and a word for it in English, Persian or Arabic.
bool offers_opt_out(std::string_view body);

}  // namespace chapar::email
