/// The relaxed canonical forms of RFC 6376 section 3.4. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace chapar::email {

/// Replaces `out` by the canonical body: runs of blanks are one space, none at the end of a line, no empty lines at the
/// end. `body` has CRLF line ends.
void canonical_body(std::string_view body, std::string& out);

/// Appends one field, given with its folds and without its last CRLF, as `name:value`, no CRLF added.
void append_canonical_field(std::string_view field, std::string& out);

}  // namespace chapar::email
