#include "web/hit_queue.hpp"

#include <utility>

namespace chapar::web {

bool HitQueue::put(const RawHit& hit) {
    const std::lock_guard lock(mutex_);
    if (waiting_.hits.size() >= most_) return false;
    waiting_.hits.push_back(hit);
    return true;
}

void HitQueue::count(model::Engaged kind, store::TotalOnly why) {
    const std::lock_guard lock(mutex_);
    ++waiting_.totals.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(why));
    waiting_.has_totals = true;
}

HitQueue::Taken HitQueue::take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(waiting_, {});
}

void HitQueue::wait(Milliseconds limit) {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, limit, [this] { return is_woken_; });
    is_woken_ = false;
}

void HitQueue::wake() {
    {
        const std::lock_guard lock(mutex_);
        is_woken_ = true;
    }
    woken_.notify_all();
}

}  // namespace chapar::web
