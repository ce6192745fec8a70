#pragma once
// What one message counts for in reports, from its rows alone, as far as they still tell it: ends that were followed by
// another try are known only by the attempts that they left. Pure.

#include <functional>
#include <string_view>
#include <vector>

#include "model/message.hpp"
#include "model/tally.hpp"

namespace chapar::store::rules {

/// A step of the plan, when, and what is added to the tally of both.
using AddCount = std::function<void(int step, Timestamp at, const std::function<void(model::Tally&)>& add)>;
void recount(const model::Message& message, const model::Progress& progress,
             const std::vector<model::Attempt>& attempts, const AddCount& add);

}  // namespace chapar::store::rules
