#pragma once
// The gate's rulings, within the transaction of the lease, and what one message does to another.

#include <vector>

#include "store/queue.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// `gate` may be null.
std::vector<model::Leased> lease(Unit& unit, const std::vector<Lease>& batch, model::Gate* gate);
/// A newer message takes the place of the one that holds its collapse scope.
void supersede(Unit& unit, const NewMessage& by);

}  // namespace chapar::store::rules
