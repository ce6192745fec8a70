#pragma once
// How many messages are in which state, by pool while they are alive: what one transaction changes. Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/state.hpp"
#include "store/rows/tally_rows.hpp"
#include "store/values.hpp"

namespace chapar::store {

/// The states that are counted by pool.
inline constexpr std::array live_states = {model::State::waiting, model::State::sending, model::State::held};
using LiveCounts = std::array<std::int64_t, live_states.size()>;
/// The state's place in LiveCounts; nothing: it is finished and counted without its pool.
std::optional<std::size_t> live_index(model::State state);
/// A pool's name as one text.
std::string pool_name(std::string_view class_name, std::string_view application, std::string_view campaign);

/// Lost with its transaction when that is rolled back.
struct CountChanges {
    std::int64_t finished[model::state_count] = {};
    std::unordered_map<PoolId, LiveCounts> live;
    std::unordered_map<std::string, Pool> new_pools;  // by pool_name
    std::vector<PoolId> gone_pools;
    MessageKey highest_key;  // that was accepted
    /// Pools whose place in the list of what is alive has changed: when the next one is due is to be asked anew.
    std::vector<PoolId> relisted;
    TallyChanges tallies;  // for reports

    void add(PoolId pool, model::State state, std::int64_t by);
};

}  // namespace chapar::store
