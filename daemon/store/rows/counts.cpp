#include "store/rows/counts.hpp"

#include <algorithm>

namespace chapar::store {

std::optional<std::size_t> live_index(model::State state) {
    const auto found = std::ranges::find(live_states, state);
    if (found == live_states.end()) return std::nullopt;
    return static_cast<std::size_t>(found - live_states.begin());
}

std::string pool_name(std::string_view class_name, std::string_view application, std::string_view campaign) {
    std::string name;
    name.reserve(class_name.size() + application.size() + campaign.size() + 2);
    name.append(class_name).push_back('\0');
    name.append(application).push_back('\0');
    return name.append(campaign);
}

void CountChanges::add(PoolId pool, model::State state, std::int64_t by) {
    if (const auto index = live_index(state)) {
        live[pool][*index] += by;
    } else {
        finished[static_cast<std::size_t>(state)] += by;
    }
}

}  // namespace chapar::store
