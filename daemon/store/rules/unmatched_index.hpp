#pragma once
// What finds the reports that can't be applied yet: a settlement for which none waits costs nothing.

#include <cstdint>
#include <map>
#include <unordered_map>

namespace chapar::store::rules {

/// Empty until it is loaded.
struct UnmatchedIndex {
    struct Known {
        std::int64_t scope = 0;  // of the message or of the id
        std::uint64_t content = 0;
        bool is_early = false;
    };
    bool is_loaded = false;
    std::map<std::int64_t, Known> known;                           // by the number of the row
    std::unordered_multimap<std::int64_t, std::int64_t> by_scope;  // number
    std::size_t unknown = 0;                                       // that are not early
};

}  // namespace chapar::store::rules
