#pragma once
// The header Retry-After (RFC 9110, 10.2.3). Pure.

#include <chrono>
#include <string_view>

namespace chapar::sms::http {

/// How long to wait: its seconds, or until its date in any of the three forms of RFC 9110, 5.6.7; an hour at most.
/// Zero: it names no time, or one that is over.
std::chrono::milliseconds read_retry_after(std::string_view value, std::chrono::sys_seconds now);

}  // namespace chapar::sms::http
