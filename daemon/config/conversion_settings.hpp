#pragma once
// [[conversion]]: what people do that messages are credited with. Plain data.

#include <string>
#include <vector>

#include "base/clock.hpp"

namespace chapar::config {

struct ConversionSettings {
    std::string name;
    std::string event;
    Milliseconds window{std::chrono::hours(24 * 7)};
    std::string credit = "last_click";      // last_click, last_touch, linear
    std::string once_per = "event";         // event, person, day
    std::vector<std::string> applications;  // empty: all
    bool operator==(const ConversionSettings&) const = default;
};

}  // namespace chapar::config
