#include "web/short_links.hpp"

#include "base/thread_name.hpp"

namespace chapar::web {

void ShortLookup::start() {
    thread_ = std::thread([this] {
        name_thread("links");
        run();
    });
}

void ShortLookup::stop() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    waiting_.clear();
}

bool ShortLookup::ask(std::string code, Answer answer) {
    std::optional<ShortTarget> known;
    {
        const std::lock_guard lock(mutex_);
        if (is_stopping_) return false;
        const auto found = remembered_.find(code);
        if (found != remembered_.end() && found->second.until > clock_.monotonic()) {
            known = found->second.target;
        } else if (waiting_.size() >= most_waiting) {
            return false;
        } else {
            waiting_.emplace_back(std::move(code), answer);
        }
    }
    if (known)
        answer(Found::yes, *std::move(known));
    else
        changed_.notify_one();
    return true;
}

void ShortLookup::run() {
    for (;;) {
        std::pair<std::string, Answer> next;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
            if (is_stopping_) return;
            next = std::move(waiting_.front());
            waiting_.pop_front();
        }
        answer(next.first, next.second);
    }
}

void ShortLookup::answer(const std::string& code, const Answer& answer) {
    const auto found = find_(code);
    if (!found.has_value()) return answer(Found::unavailable, {});
    if (!found->has_value()) return answer(Found::no, {});
    {
        const std::lock_guard lock(mutex_);
        if (remembered_.size() >= most_remembered) remembered_.clear();
        remembered_[code] = {**found, clock_.monotonic() + remembered_for};
    }
    answer(Found::yes, **found);
}

}  // namespace chapar::web
