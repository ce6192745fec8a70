#pragma once
// Looks at messages: what is kept of them, and for how long.

#include <map>
#include <string>
#include <vector>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// The number of each hit; 0: it is only counted.
std::vector<std::int64_t> note_hits(Unit& unit, const HitBatch& batch);
/// How many messages' hits went.
std::int64_t prune_hits(Unit& unit, const std::map<std::string, Timestamp>& before, int limit);

}  // namespace chapar::store::rules
