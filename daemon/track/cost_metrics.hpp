#pragma once
// What sending costs, as monitoring sees it. Any thread.

#include <string>

#include "base/metrics.hpp"
#include "model/cost.hpp"

namespace chapar::track {

/// What an attempt that ended was expected to cost.
void count_estimate(metrics::Registry& metrics, const std::string& route, const model::Cost& cost);
/// What a provider said that it took.
void count_bill(metrics::Registry& metrics, const std::string& route, const model::Cost& cost);

}  // namespace chapar::track
