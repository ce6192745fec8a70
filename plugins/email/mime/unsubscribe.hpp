/// List-Unsubscribe (RFC 2369) and one-click unsubscription (RFC 8058). Pure, any thread.
#pragma once

#include "header.hpp"

#include <string>
#include <string_view>

namespace chapar::email {

/// Both headers, the second only when an https address is among the given ones. Refuses anything but https:, http: and
/// mailto: in visible ASCII.
Appended append_unsubscribe(std::string& out, std::string_view given);

}  // namespace chapar::email
