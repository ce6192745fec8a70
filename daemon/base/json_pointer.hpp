#pragma once
// JSON Pointers (RFC 6901), which say where in a document something is. Pure.

#include <string>
#include <string_view>

namespace chapar::json {

/// The pointer of member `name` of what stands at `where`: "/a" and "b" give "/a/b". Of a long name the first 64
/// octets.
std::string pointer_to(std::string_view where, std::string_view name);

}  // namespace chapar::json
