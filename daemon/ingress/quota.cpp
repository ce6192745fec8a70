#include "ingress/quota.hpp"

#include <algorithm>

namespace chapar::ingress {

std::optional<Milliseconds> Quota::wait(double rate, Monotonic now) {
    if (rate <= 0) return std::nullopt;
    const double burst = std::max(1.0, rate);
    const std::chrono::duration<double> since = now - filled_;
    tokens_ = filled_ == Monotonic{} ? burst : std::min(burst, tokens_ + since.count() * rate);
    filled_ = now;
    if (tokens_ >= 1) return std::nullopt;
    return Milliseconds{static_cast<std::int64_t>((1 - tokens_) / rate * 1000) + 1};
}

Quota& Quotas::of(const std::string& application) {
    const auto known = by_application_.find(application);
    if (known != by_application_.end()) return known->second;
    auto& counter = registry_.counter("messages_accepted_total", "Messages made durable, by application",
                                      {{"application", application}});
    return by_application_.emplace(application, Quota(counter)).first->second;
}

}  // namespace chapar::ingress
