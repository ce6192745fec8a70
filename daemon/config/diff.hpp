#pragma once
// What a reload changes, in words for the log. Pure. Contents of [route.settings] are not shown.

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace chapar::config {

struct SettingChange {
    std::string text;            // "route smtp-a: rate 10 -> 20", "application shop: added"
    bool needs_restart = false;  // can't be applied to a running daemon
    bool operator==(const SettingChange&) const = default;
};

std::vector<SettingChange> diff(const Settings& old, const Settings& next);

}  // namespace chapar::config
