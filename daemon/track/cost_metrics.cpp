#include "track/cost_metrics.hpp"

#include <string_view>

namespace chapar::track {
namespace {

constexpr double millionths = 1e6;

void count(metrics::Registry& metrics, std::string_view name, std::string_view help, const std::string& route,
           const model::Cost& cost) {
    metrics.counter(name, help, {{"route", route}, {"currency", cost.currency}})
        .add(static_cast<double>(cost.amount.micros) / millionths);
}

}  // namespace

void count_estimate(metrics::Registry& metrics, const std::string& route, const model::Cost& cost) {
    count(metrics, "cost_estimated_total", "Money estimated, by route and currency.", route, cost);
}

void count_bill(metrics::Registry& metrics, const std::string& route, const model::Cost& cost) {
    count(metrics, "cost_billed_total", "Money billed, by route and currency.", route, cost);
}

}  // namespace chapar::track
