#pragma once
// Pools are made when the first message of one is accepted, and forgotten when nothing is alive in them.

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

PoolId intern_pool(Unit& unit, std::string_view class_name, std::string_view application, std::string_view campaign);
/// Also knows the pools of the running transaction.
std::optional<Pool> pool_of(const Unit& unit, PoolId id);
/// A finished message comes back, and its pool may have been forgotten meanwhile.
void find_pool(Unit& unit, StateRow& row);
/// Forgets pools in which nothing is alive and nothing happened since `before`; their ids are never given again.
void drop_idle_pools(Unit& unit, Monotonic before);

}  // namespace chapar::store::rules
