#include "web/pages/attempts.hpp"

namespace chapar::web {

bool Attempts::take(std::uint64_t key, Monotonic now) {
    if (tried_.size() >= most_keys_ && !tried_.contains(key)) {
        forget(now);
        if (tried_.size() >= most_keys_) return false;
    }
    auto& tried = tried_[key];
    if (tried.times == 0 || now - tried.since >= within_) tried = {now, 0};
    if (tried.times >= most_) return false;
    ++tried.times;
    return true;
}

void Attempts::forget(Monotonic now) {
    std::erase_if(tried_, [&](const auto& entry) { return now - entry.second.since >= within_; });
}

}  // namespace chapar::web
