#pragma once
// JSON Merge Patch (RFC 7396): members of the patch replace those of the target, null takes them out, objects are
// merged inside. Pure.

#include <expected>
#include <string>

#include "config/settings.hpp"
#include "net/http_problem.hpp"

namespace chapar::ingress {

/// Of two JSON objects; the patch is untrusted. The answer has room behind it for a parser.
std::expected<std::string, net::Problem> merge_patch(const std::string& target, const std::string& patch,
                                                     const config::SocketSettings& limits);

}  // namespace chapar::ingress
