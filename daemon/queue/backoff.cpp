#include "queue/backoff.hpp"

#include <algorithm>

namespace chapar::queue {

Milliseconds retry_delay(const config::Backoff& backoff, int attempt, std::optional<Milliseconds> retry_after,
                         Random& random) {
    const int doublings = std::clamp(attempt - 1, 0, 30);
    const auto step = std::min(backoff.max.count(), backoff.first.count() << doublings);
    std::uniform_int_distribution<std::int64_t> within(std::max<std::int64_t>(step / 10, 1),
                                                       std::max<std::int64_t>(step, 1));
    const Milliseconds jittered{within(random)};
    if (!retry_after) return jittered;
    return std::max(jittered, std::clamp(*retry_after, retry_after_min, retry_after_max));
}

}  // namespace chapar::queue
