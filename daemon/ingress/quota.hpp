#pragma once
// What one application may still send: a token bucket and what is on its way to the disk. Server's thread only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/metrics.hpp"

namespace chapar::ingress {

class Quota {
  public:
    explicit Quota(metrics::Counter& accepted) : accepted_(accepted) {}

    /// How long until one message may pass; nothing: now. `rate` 0: no limit. The bucket holds one second's worth.
    std::optional<Milliseconds> wait(double rate, Monotonic now);
    /// What is left of the second's worth.
    double left(double rate, Monotonic now) {
        (void)wait(rate, now);
        return tokens_;
    }
    void take(double rate) {
        if (rate > 0) tokens_ -= 1;
        ++in_flight_;
    }
    void landed(bool accepted) {
        --in_flight_;
        if (accepted) accepted_.add();
    }
    std::int64_t in_flight() const { return in_flight_; }

  private:
    metrics::Counter& accepted_;
    double tokens_ = 0;
    Monotonic filled_{};
    std::int64_t in_flight_ = 0;
};

/// One Quota an application; references stay valid.
class Quotas {
  public:
    explicit Quotas(metrics::Registry& registry) : registry_(registry) {}
    Quota& of(const std::string& application);

  private:
    metrics::Registry& registry_;
    std::unordered_map<std::string, Quota> by_application_;
};

}  // namespace chapar::ingress
