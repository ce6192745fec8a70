#include "store/rules/wanted_states.hpp"

#include <vector>

namespace chapar::store::rules {

std::optional<MessageKey> WantedStates::fetch(StateTable& table, std::span<const MessageKey> keys) {
    std::vector<Stored<StateRow>> rows(keys.size());
    table.load(keys, rows);
    rows_.clear();
    std::size_t answered = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (rows[i].is != Stored<StateRow>::Is::absent) answered = i + 1;
        rows_.emplace(keys[i], std::move(rows[i]));
    }
    return answered < keys.size() ? std::optional(keys[answered]) : std::nullopt;
}

std::optional<Stored<StateRow>> WantedStates::take(MessageKey key) {
    auto found = rows_.extract(key);
    if (found.empty()) return std::nullopt;
    return std::move(found.mapped());
}

}  // namespace chapar::store::rules
