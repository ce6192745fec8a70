#pragma once
// What several parts of the key table say alike.

#include <string_view>

namespace chapar::config {

/// Milliseconds and bytes.
inline constexpr double second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
inline constexpr double kibi = 1024, mebi = 1024 * kibi;

inline constexpr std::string_view zero_time = "may mean \"at once\" or \"without end\": write the time you mean";
inline constexpr std::string_view zero_rate =
    "may mean \"no limit\" (then leave the key out) or \"send nothing\" (then pause it: chapar route pause)";

}  // namespace chapar::config
