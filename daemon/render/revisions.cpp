#include "render/revisions.hpp"

#include <utility>

namespace chapar::render {

Revisions::Pointer Revisions::find(std::string_view revision) {
    const std::lock_guard lock(mutex_);
    const auto found = by_revision_.find(revision);
    if (found == by_revision_.end()) return nullptr;
    by_use_.splice(by_use_.begin(), by_use_, found->second);
    return *found->second;
}

void Revisions::insert(Pointer loaded) {
    const std::lock_guard lock(mutex_);
    if (by_revision_.contains(loaded->revision())) return;
    bytes_ += loaded->bundle().size();
    by_use_.push_front(std::move(loaded));
    by_revision_.emplace(by_use_.front()->revision(), by_use_.begin());
    while (by_use_.size() > 1 && (by_use_.size() > max_count_ || bytes_ > max_bytes_)) {
        bytes_ -= by_use_.back()->bundle().size();
        by_revision_.erase(by_use_.back()->revision());
        by_use_.pop_back();
    }
}

}  // namespace chapar::render
