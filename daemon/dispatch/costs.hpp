#pragma once
// What sending costs, as metrics tell it.

#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "model/cost.hpp"

namespace chapar::dispatch {

/// Adds to chapar_cost_WHAT_total, `what` being "estimated" or "billed". Any thread.
void count_cost(metrics::Registry& metrics, std::string_view what, const std::string& route, const model::Cost& cost);

}  // namespace chapar::dispatch
