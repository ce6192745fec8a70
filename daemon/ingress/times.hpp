#pragma once
// What is said of a time that is not RFC 3339. Pure, but for the tz database.

#include <string>
#include <string_view>

namespace chapar::ingress {

/// "a time such as 2030-01-31T09:30:00+03:30"; of a time as people write it, its own writing in RFC 3339.
std::string expected_time(std::string_view written);

}  // namespace chapar::ingress
