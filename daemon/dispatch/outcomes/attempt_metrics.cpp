#include "dispatch/outcomes/attempt_metrics.hpp"

#include <chrono>

namespace chapar::dispatch {

AttemptMetrics::AttemptMetrics(const Clock& clock, metrics::Registry& metrics)
    : clock_(clock),
      metrics_(metrics),
      latency_(metrics.histogram("message_latency_seconds", "From acceptance to the provider's acceptance.",
                                 {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600})) {}

void AttemptMetrics::count(const std::string& route, std::string_view verdict) {
    const auto key = std::pair(route, std::string(verdict));
    auto found = series_.find(key);
    if (found == series_.end()) {
        const metrics::Labels labels{{"route", key.first}, {"verdict", key.second}};
        auto& counter = metrics_.counter("attempts_total", "Attempts ended, by route and verdict.", labels);
        auto& last = metrics_.gauge("attempt_last_timestamp_seconds", "When an attempt last ended so.", labels);
        found = series_.emplace(key, Series{&counter, &last}).first;
    }
    found->second.ended->add();
    found->second.last->set(static_cast<double>(to_ms(clock_.now())) / 1'000);
}

void AttemptMetrics::observe_latency(Timestamp accepted_at) {
    latency_.observe(std::chrono::duration<double>(clock_.now() - accepted_at).count());
}

}  // namespace chapar::dispatch
