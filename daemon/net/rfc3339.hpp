#pragma once
// Times on the wire: RFC 3339 date-times. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace chapar::net {

/// With an offset or Z; milliseconds are kept, finer parts dropped. nullopt: not such a time.
std::optional<Timestamp> parse_time(std::string_view text);
/// UTC with milliseconds: "2030-01-31T06:00:00.000Z".
std::string format_time(Timestamp time);

}  // namespace chapar::net
