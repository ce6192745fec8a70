#pragma once
// Work for a thread that may have ended: what waits then, and what comes later, is dropped. Callable from any thread
// but `run`, which is the thread's. Work is run and destroyed without the lock, so it may add more.

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

namespace chapar::net {

class PostedWork {
  public:
    /// True: it is the first that waits, so `run` has to come.
    bool add(std::function<void()> work) {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return false;  // the caller's copy ends behind the lock
        waiting_.push_back(std::move(work));
        return waiting_.size() == 1;
    }
    void run() {
        for (auto& work : take(false))
            std::exchange(work, nullptr)();
    }
    void close() { take(true); }

  private:
    std::vector<std::function<void()>> take(bool closes) {
        const std::lock_guard lock(mutex_);
        is_closed_ = is_closed_ || closes;
        return std::exchange(waiting_, {});
    }

    std::mutex mutex_;  // guards what follows
    std::vector<std::function<void()>> waiting_;
    bool is_closed_ = false;
};

}  // namespace chapar::net
