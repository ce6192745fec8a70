#pragma once
// Shows attempts that ended to monitoring. Threads: the dispatch strand only.

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/metrics.hpp"

namespace chapar::dispatch {

class AttemptMetrics {
  public:
    AttemptMetrics(const Clock& clock, metrics::Registry& metrics);
    /// `verdict`: the outcome's, or "stopped" for one that was not sent.
    void count(const std::string& route, std::string_view verdict);
    /// A provider took a message that was accepted then.
    void observe_latency(Timestamp accepted_at);

  private:
    struct Series {
        metrics::Counter* ended;
        metrics::Gauge* last;
    };
    const Clock& clock_;
    metrics::Registry& metrics_;
    metrics::Histogram& latency_;
    std::map<std::pair<std::string, std::string>, Series> series_;  // by route and verdict
};

}  // namespace chapar::dispatch
