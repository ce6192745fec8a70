#pragma once
// Speaks HTTP to chapard over its Unix socket. Prints what went wrong to stderr in one sentence.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cli/command.hpp"

namespace chapar::cli {

struct Response {
    long status = 0;
    std::string body;
    bool ok() const { return status >= 200 && status < 300; }
};

/// One request. nullopt: the daemon does not answer (said on stderr).
std::optional<Response> request(const Context& context, const char* method, const std::string& path,
                                std::string_view body = {}, const char* content_type = "application/json");

/// Streams NDJSON to POST /v1/messages. `next(line)` fills the next line and answers false at the end; `answer` gets
/// each answer line as it comes. A status other than 200 comes back with its body.
std::optional<Response> stream(const Context& context, const std::function<bool(std::string&)>& next,
                               const std::function<void(std::string_view)>& answer);

/// Prints the problem document in `response` to stderr and answers the exit code that goes with it.
int print_problem(const Response& response);

/// request, then: with --json the body as it is, else `print(body)`. Answers an exit code.
int show(const Context& context, const char* method, const std::string& path, std::string_view body,
         const std::function<void(const std::string&)>& print);

/// RFC 3986, section 2.1: everything but unreserved characters as %XX.
std::string percent_encode(std::string_view text);

}  // namespace chapar::cli
