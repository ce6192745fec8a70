#pragma once
// The rules put together: what one write of the store's roles does in its transaction.

#include <string_view>
#include <vector>

#include "store/messages.hpp"
#include "store/queue.hpp"
#include "store/reports.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// One answer per lease, in order. `gate` may be null.
std::vector<model::Leased> write_leases(Unit& unit, const std::vector<Lease>& batch, model::Gate* gate);
/// Applied, or stale.
std::vector<bool> write_settlements(Unit& unit, const std::vector<Settlement>& batch);
Result<model::Progress> write_move(Unit& unit, const Transition& transition);
Reported write_report(Unit& unit, const model::Report& report);
/// Holds a message whose row is damaged.
void hold_damaged(Unit& unit, MessageKey key, std::string_view what);
/// A message whose row proved whole waits again; false: it is not held for that.
bool release_whole(Unit& unit, MessageKey key);

}  // namespace chapar::store::rules
