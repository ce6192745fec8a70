#pragma once
// Shows the cost of sending to monitoring. Any thread.

#include <string>

#include "base/metrics.hpp"
#include "model/cost.hpp"

namespace chapar::track {

/// Counts the cost that an attempt that ended was expected to have.
void count_estimate(metrics::Registry& metrics, const std::string& route, const model::Cost& cost);
/// Counts the cost that a provider named.
void count_bill(metrics::Registry& metrics, const std::string& route, const model::Cost& cost);

}  // namespace chapar::track
