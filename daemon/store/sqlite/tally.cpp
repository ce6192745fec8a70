#include "store/sqlite/tally.hpp"

#include <algorithm>

namespace chapar::store::sqlite {
namespace {

std::string joined(std::string_view class_name, std::string_view application, std::string_view campaign) {
    std::string name;
    name.reserve(class_name.size() + application.size() + campaign.size() + 2);
    name.append(class_name).push_back('\0');
    name.append(application).push_back('\0');
    return name.append(campaign);
}

bool is_state(std::int64_t number) { return number >= 0 && number < model::state_count; }

}  // namespace

void Delta::add(PoolId pool, model::State state, std::int64_t by) {
    by_state[static_cast<std::size_t>(state)] += by;
    if (state == model::State::waiting) waiting[pool] += by;
}

void Tally::State::add(const Pool& pool) {
    names[joined(pool.class_name, pool.application, pool.campaign)] = pool.id;
    highest = std::max(highest, pool.id);
    pools[pool.id].pool = pool;
}

void Tally::State::add_waiting(PoolId pool, std::int64_t by) {
    const auto found = pools.find(pool);
    if (found == pools.end()) return;
    for (auto* count : {&found->second.waiting, &waiting[found->second.pool.application]})
        *count = std::max<std::int64_t>(0, *count + by);
}

void Tally::State::add_row(const Rows& rows) {
    // A row that fits nothing is damaged; whoever reads it will say so.
    if (!is_state(rows.integer(0))) return;
    ++counts.by_state[rows.integer(0)];
    if (rows.integer(0) == 0) add_waiting(PoolId{rows.integer(1)}, 1);
}

bool Tally::State::count(Connection& connection) {
    Statement statement(connection, "SELECT state, pool FROM progress");
    auto rows = statement.query();
    while (rows.next())
        add_row(rows);
    return !connection.forgive_corruption();
}

/// A malformed row ends the quick walk: then each is asked for by itself, and the bad ones are left out.
void Tally::State::count_one_by_one(Connection& connection) {
    Statement keys(connection, "SELECT key FROM progress NOT INDEXED");
    Statement row(connection, "SELECT state, pool FROM progress WHERE key = ?1");
    auto all = keys.query();
    while (all.next()) {
        auto rows = row.query(all.integer(0));
        if (rows.next()) add_row(rows);
        connection.forgive_corruption();
    }
}

bool Tally::load(Connection& connection) {
    State fresh;
    {
        Statement statement(connection, "SELECT id, class, application, campaign FROM pool");
        auto rows = statement.query();
        while (rows.next()) {
            fresh.add({PoolId{rows.integer(0)}, std::string(rows.bytes(1)), std::string(rows.bytes(2)),
                       std::string(rows.bytes(3))});
        }
    }
    const State pools_only = fresh;
    if (!fresh.count(connection)) {
        fresh = pools_only;
        fresh.count_one_by_one(connection);
    }
    if (connection.fault() != 0) return false;
    const std::lock_guard lock(mutex_);
    state_ = std::move(fresh);
    return true;
}

void Tally::apply(const Delta& delta) {
    const std::lock_guard lock(mutex_);
    for (const Pool& pool : delta.new_pools)
        state_.add(pool);
    for (int i = 0; i < model::state_count; ++i)
        state_.counts.by_state[i] = std::max<std::int64_t>(0, state_.counts.by_state[i] + delta.by_state[i]);
    for (const auto& [id, by] : delta.waiting)
        state_.add_waiting(id, by);
}

Counts Tally::counts() const {
    const std::lock_guard lock(mutex_);
    return state_.counts;
}

std::vector<PoolDepth> Tally::waiting() const {
    std::vector<PoolDepth> out;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, entry] : state_.pools) {
        if (entry.waiting > 0) out.push_back({entry.pool, entry.waiting, std::nullopt});
    }
    return out;
}

std::int64_t Tally::waiting(std::string_view application) const {
    const std::lock_guard lock(mutex_);
    const auto found = state_.waiting.find(std::string(application));
    return found == state_.waiting.end() ? 0 : found->second;
}

std::optional<Pool> Tally::pool(PoolId id) const {
    const std::lock_guard lock(mutex_);
    const auto found = state_.pools.find(id);
    if (found == state_.pools.end()) return std::nullopt;
    return found->second.pool;
}

std::optional<Pool> Tally::find(std::string_view class_name, std::string_view application,
                                std::string_view campaign) const {
    const auto name = joined(class_name, application, campaign);
    const std::lock_guard lock(mutex_);
    const auto found = state_.names.find(name);
    if (found == state_.names.end()) return std::nullopt;
    return state_.pools.at(found->second).pool;
}

PoolId Tally::highest() const {
    const std::lock_guard lock(mutex_);
    return state_.highest;
}

}  // namespace chapar::store::sqlite
