/// Header lines: folding (RFC 5322 section 2.2.3), encoded words (RFC 2047) and parameters (RFC 2231).
/// Each function appends one whole field, CRLF included, and refuses a value that `header_flaw` refuses. Any thread.
#pragma once

#include "email_rules/address.hpp"

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::email {

using Appended = std::expected<void, std::string>;

/// An unstructured field: as it is when it may stand plain, else as encoded words. A tab becomes a space.
Appended append_text(std::string& out, std::string_view name, std::string_view value);

/// `Name: "Display" <local@domain>`
Appended append_mailbox(std::string& out, std::string_view name, const Mailbox& mailbox);

/// `Name: a@b, c@d`, a line for each address that does not fit into the one before.
void append_addresses(std::string& out, std::string_view name, const std::vector<Address>& addresses);

/// `; name="value"`, or RFC 2231 pieces of at most 76 characters when it is long or not ASCII. Without CRLF.
void append_parameter(std::string& out, std::string_view name, std::string_view value);

/// A value of our own making, already fit for the wire.
void append_ready(std::string& out, std::string_view name, std::string_view value);

/// The last path component of what an application calls a file, fit for any disk: no separators, controls, reordering
/// marks or characters that a file system gives a meaning; never empty, never longer than 150 bytes.
std::string clean_file_name(std::string_view name);

/// RFC 5322 date in UTC.
std::string date_text(std::chrono::sys_seconds at);

}  // namespace chapar::email
