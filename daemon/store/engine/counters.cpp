#include "store/engine/counters.hpp"

#include <algorithm>

namespace chapar::store::engine {
namespace {

constexpr std::size_t waiting_at = 0, sending_at = 1;

bool is_alive(const LiveCounts& counts) {
    return std::ranges::any_of(counts, [](std::int64_t count) { return count != 0; });
}

}  // namespace

void Counters::State::add(const Pool& pool, Monotonic now) {
    names[pool_name(pool.class_name, pool.application, pool.campaign)] = pool.id;
    highest = std::max(highest, pool.id);
    pools[pool.id] = {pool, {}, now};
}

void Counters::State::add(PoolId pool, const LiveCounts& by, Monotonic now) {
    for (std::size_t i = 0; i < by.size(); ++i)
        live[i] += by[i];
    const auto found = pools.find(pool);
    if (found == pools.end()) return;
    auto& entry = found->second;
    for (std::size_t i = 0; i < by.size(); ++i)
        entry.counts[i] += by[i];
    entry.changed = now;
    auto& of_application = waiting[entry.pool.application];
    of_application += by[waiting_at];
    if (of_application == 0) waiting.erase(entry.pool.application);
}

void Counters::State::forget(PoolId pool) {
    const auto found = pools.find(pool);
    if (found == pools.end()) return;
    const Pool& name = found->second.pool;
    names.erase(pool_name(name.class_name, name.application, name.campaign));
    pools.erase(found);
}

void Counters::load(const CountSnapshot& snapshot, Monotonic now) {
    State fresh;
    for (const Pool& pool : snapshot.pools)
        fresh.add(pool, now);
    fresh.highest = std::max(fresh.highest, snapshot.highest);
    for (const auto& [pool, state, count] : snapshot.counts) {
        if (const auto index = live_index(state)) {
            LiveCounts here{};
            here[*index] = count;
            fresh.add(pool, here, now);
        } else {
            fresh.finished[static_cast<std::size_t>(state)] += count;
        }
    }
    const std::lock_guard lock(mutex_);
    state_ = std::move(fresh);
    for (auto& [id, entry] : state_.pools)
        entry.version = ++last_version_;
}

void Counters::apply(const CountChanges& changes, Monotonic now) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, pool] : changes.new_pools)
        state_.add(pool, now);
    for (int i = 0; i < model::state_count; ++i)
        state_.finished[i] += changes.finished[i];
    for (const auto& [id, by] : changes.live)
        state_.add(id, by, now);
    for (const PoolId id : changes.relisted) {
        const auto found = state_.pools.find(id);
        if (found == state_.pools.end()) continue;
        found->second.knows_due = false;
        found->second.version = ++last_version_;
    }
    for (const PoolId id : changes.gone_pools)
        state_.forget(id);
}

Counts Counters::counts() const {
    Counts out;
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < model::state_count; ++i)
        out.by_state[i] = std::max<std::int64_t>(0, state_.finished[i]);
    for (std::size_t i = 0; i < live_states.size(); ++i)
        out.by_state[static_cast<std::size_t>(live_states[i])] = std::max<std::int64_t>(0, state_.live[i]);
    return out;
}

Counters::Waiting Counters::waiting() const {
    Waiting out;
    const std::lock_guard lock(mutex_);
    out.pools.reserve(state_.pools.size());
    for (const auto& [id, entry] : state_.pools) {
        if (entry.counts[waiting_at] <= 0) continue;
        if (!entry.knows_due) out.unknown.push_back({out.pools.size(), entry.version});
        out.pools.push_back({entry.pool, entry.counts[waiting_at], entry.knows_due ? entry.next_due : std::nullopt});
    }
    return out;
}

void Counters::learn(const Waiting& read) {
    const std::lock_guard lock(mutex_);
    for (const auto& [place, version] : read.unknown) {
        const auto found = state_.pools.find(read.pools[place].pool.id);
        if (found == state_.pools.end() || found->second.version != version) continue;
        found->second.knows_due = true;
        found->second.next_due = read.pools[place].next_due;
    }
}

std::vector<PoolId> Counters::sending() const {
    std::vector<PoolId> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : state_.pools) {
        if (entry.counts[sending_at] > 0) out.push_back(id);
    }
    return out;
}

std::int64_t Counters::waiting(std::string_view application) const {
    const std::lock_guard lock(mutex_);
    const auto found = state_.waiting.find(std::string(application));
    return found == state_.waiting.end() ? 0 : std::max<std::int64_t>(0, found->second);
}

std::optional<Pool> Counters::pool(PoolId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = state_.pools.find(id);
    if (found == state_.pools.end()) return std::nullopt;
    return found->second.pool;
}

std::optional<Pool> Counters::find(std::string_view class_name, std::string_view application,
                                   std::string_view campaign) const {
    const auto name = pool_name(class_name, application, campaign);
    const std::lock_guard lock(mutex_);
    const auto found = state_.names.find(name);
    if (found == state_.names.end()) return std::nullopt;
    return state_.pools.at(found->second).pool;
}

PoolId Counters::highest() const {
    const std::lock_guard lock(mutex_);
    return state_.highest;
}

std::vector<PoolId> Counters::idle(Monotonic before, std::size_t limit) const {
    std::vector<PoolId> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : state_.pools) {
        if (out.size() >= limit) break;
        if (!is_alive(entry.counts) && entry.changed < before) out.push_back(id);
    }
    return out;
}

}  // namespace chapar::store::engine
