#pragma once
// Reading the daemon's JSON: a member that is absent or of another type is empty, never an error.

#include <simdjson.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace chapar::cli {

using simdjson::dom::element;

inline std::string_view text(const element& of, std::string_view name, std::string_view otherwise = {}) {
    std::string_view out;
    return of[name].get(out) == simdjson::SUCCESS ? out : otherwise;
}

inline std::int64_t number(const element& of, std::string_view name) {
    std::int64_t out = 0;
    return of[name].get(out) == simdjson::SUCCESS ? out : 0;
}

inline bool flag(const element& of, std::string_view name) {
    bool out = false;
    return of[name].get(out) == simdjson::SUCCESS && out;
}

/// The entries of the array `name`.
inline std::vector<element> entries(const element& of, std::string_view name) {
    simdjson::dom::array list;
    if (of[name].get(list) != simdjson::SUCCESS) return {};
    return {list.begin(), list.end()};
}

}  // namespace chapar::cli
