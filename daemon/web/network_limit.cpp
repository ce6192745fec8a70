#include "web/network_limit.hpp"

namespace chapar::web {

std::int64_t NetworkLimit::minute_of(Monotonic now) {
    return std::chrono::floor<std::chrono::minutes>(now.time_since_epoch()).count();
}

bool NetworkLimit::is_reached(std::uint64_t network, Monotonic now) const {
    const auto found = seen_.find(network);
    return found != seen_.end() && found->second.minute == minute_of(now) && found->second.times >= a_minute_;
}

void NetworkLimit::count(std::uint64_t network, Monotonic now) {
    const auto minute = minute_of(now);
    if (seen_.size() >= most_networks_ && !seen_.contains(network)) {
        std::erase_if(seen_, [minute](const auto& each) { return each.second.minute != minute; });
        // All of them are of this minute: somebody has very many networks, and gets as many tries again.
        if (seen_.size() >= most_networks_) seen_.erase(seen_.begin());
    }
    auto& seen = seen_[network];
    if (seen.minute != minute) seen = {minute, 0};
    ++seen.times;
}

bool NetworkLimit::take(std::uint64_t network, Monotonic now) {
    if (is_reached(network, now)) return false;
    count(network, now);
    return true;
}

}  // namespace chapar::web
