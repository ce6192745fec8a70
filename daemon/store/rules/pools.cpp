#include "store/rules/pools.hpp"

#include <algorithm>

namespace chapar::store::rules {
namespace {

bool is_gone(const Unit& unit, PoolId id) {
    return std::ranges::find(unit.changes.counts.gone_pools, id) != unit.changes.counts.gone_pools.end();
}

}  // namespace

PoolId intern_pool(Unit& unit, std::string_view class_name, std::string_view application, std::string_view campaign) {
    Pool& last = unit.memory.last_pool;
    if (last.id.value != 0 && last.class_name == class_name && last.application == application &&
        last.campaign == campaign)
        return last.id;
    auto& made = unit.changes.counts.new_pools;
    auto name = pool_name(class_name, application, campaign);
    if (const auto found = made.find(name); found != made.end()) {
        last = found->second;
    } else if (auto pool = unit.pools.find(class_name, application, campaign); pool && !is_gone(unit, pool->id)) {
        last = std::move(*pool);
    } else {
        const auto next = unit.pools.highest().value + static_cast<std::int64_t>(made.size()) + 1;
        last = {PoolId{next}, std::string(class_name), std::string(application), std::string(campaign)};
        unit.tables.pools().insert(last);
        made.emplace(std::move(name), last);
    }
    return last.id;
}

std::optional<Pool> pool_of(const Unit& unit, PoolId id) {
    for (const auto& [name, made] : unit.changes.counts.new_pools) {
        if (made.id == id) return made;
    }
    return is_gone(unit, id) ? std::nullopt : unit.pools.pool(id);
}

void find_pool(Unit& unit, StateRow& row) {
    if (pool_of(unit, row.pool)) return;
    const auto owner = unit.tables.messages().owner(row.key);
    if (owner) row.pool = intern_pool(unit, owner->class_name, owner->application, owner->campaign);
}

void drop_idle_pools(Unit& unit, Monotonic before) {
    constexpr std::size_t limit = 500;
    auto& counts = unit.changes.counts;
    for (const PoolId id : unit.pools.idle(before, limit)) {
        if (counts.live.contains(id) || is_gone(unit, id)) continue;
        unit.tables.pools().drop(id);
        counts.gone_pools.push_back(id);
    }
    if (counts.gone_pools.empty()) return;
    unit.memory.last_pool = {};
    unit.tables.pools().keep_highest(unit.pools.highest());
}

}  // namespace chapar::store::rules
