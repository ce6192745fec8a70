#pragma once
// Which messages a list shows. Pure.

#include <string_view>
#include <vector>

#include "store/messages.hpp"

namespace chapar::store {

/// All spellings of an address are one, and letters of any case of whatever else stands for one.
std::string folded(std::string_view address);

/// What the filter asks of a plan: addresses, the template, whether it is a test.
bool plan_matches(const std::vector<model::PlanStep>& plan, const ListFilter& filter);
/// Whether it is to one of the filter's names.
bool names_match(std::string_view recipient, const std::vector<model::PlanStep>& plan, const ListFilter& filter);
/// All but the route, which the attempts say, and the times of acceptance.
bool matches(const model::Message& message, model::State state, const ListFilter& filter);

}  // namespace chapar::store
