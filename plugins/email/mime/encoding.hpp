/// Content transfer encodings (RFC 2045): 7bit where the text allows it, else the shorter of quoted-printable and
/// base64. All output has CRLF line ends and lines of at most 76 characters. Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>

namespace chapar::email {

enum class Encoding { seven_bit, quoted_printable, base64 };

std::string_view encoding_name(Encoding encoding);

/// The encoding that fits a text. 7bit asks for ASCII in lines of at most 76 characters that no relay has a reason to
/// touch.
Encoding fitting_encoding(std::string_view text);

/// Appends a text; CR, LF and CRLF all end a line.
void append_text_body(std::string& out, std::string_view text, Encoding encoding);

/// Appends bytes as base64 lines, the last one ended too.
void append_base64(std::string& out, std::string_view bytes);

}  // namespace chapar::email
