#pragma once
// Does a plugin keep the rules of the border? Runs it against a scripted host; nothing leaves the process. For plugin
// authors (`chapar plugin check FILE`) and for the tests of our own plugins. Runs on the calling thread.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

extern "C" struct chapar_plugin;

namespace chapar::plugin {

struct Finding {
    std::string what;  // the rule, as a sentence
    bool is_kept = true;
    std::string why;  // when it is not
};

/// `settings_json`: the table [route.settings] as JSON; required settings that are absent get placeholders.
/// `patience`: how long an answer may take.
std::vector<Finding> conform(const chapar_plugin& table, std::string_view settings_json,
                             std::chrono::milliseconds patience = std::chrono::seconds(5));

}  // namespace chapar::plugin
