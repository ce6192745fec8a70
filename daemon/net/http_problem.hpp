#pragma once
// Errors as RFC 9457 problem details. The type is urn:chapar:problem:NAME; NAMEs are stable and listed in docs/api.md.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/http_message.hpp"

namespace chapar::net {

/// One place of the request that is wrong; `pointer` is a JSON Pointer (RFC 6901) into the body.
struct ProblemDetail {
    std::string pointer;
    std::string detail;
};

struct Problem {
    int status = 500;
    std::string_view type;  // NAME, a literal
    std::string detail;     // a sentence for a person; never echoes raw input unescaped
    std::vector<ProblemDetail> errors;
    std::optional<int> retry_after;  // seconds
};

/// The title that belongs to a type: one short phrase, the same for every occurrence.
std::string_view problem_title(std::string_view type);
/// The problem as one JSON object.
std::string to_json(const Problem& problem);
/// application/problem+json with Retry-After where given.
Response to_response(const Problem& problem);

}  // namespace chapar::net
