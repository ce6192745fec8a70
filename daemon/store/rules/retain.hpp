#pragma once
// Deleting in small steps what is kept long enough: finished messages, revisions that no message needs, uses, the feed.

#include <cstdint>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// How many messages went. Looks at a bounded number of rows behind those of the last call, so that long-lived ones are
/// not looked at each time. Pools in which nothing happened since `idle` are forgotten with them.
std::int64_t prune(Unit& unit, Timestamp before, int limit, Monotonic idle);
std::int64_t prune_uses(Unit& unit, Timestamp before, int limit);
std::int64_t prune_feed(Unit& unit, Timestamp before, int limit);

/// A revision is named by its content; false: it was there.
bool put_revision(Unit& unit, const std::string& name, const std::string& bundle);

}  // namespace chapar::store::rules
