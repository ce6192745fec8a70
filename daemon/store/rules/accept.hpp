#pragma once
// Taking messages in: duplicates, conflicts, pools, what a newer message replaces.

#include <vector>

#include "store/acceptance.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// One result for each, in order; fewer when the transaction has failed.
std::vector<AcceptResult> accept(Unit& unit, const std::vector<NewMessage>& batch);

}  // namespace chapar::store::rules
