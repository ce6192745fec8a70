#include "ingress/alarm.hpp"

#include "base/thread_name.hpp"

namespace chapar::ingress {

Alarm::~Alarm() {
    {
        const std::lock_guard lock(mutex_);
        is_stopping_ = true;
        wake_.notify_one();
    }
    if (thread_.joinable()) thread_.join();
}

void Alarm::after(Milliseconds wait, std::function<void()> work) {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable())
        thread_ = std::thread([this] {
            name_thread("in-alarm");
            loop();
        });
    work_.emplace(std::chrono::steady_clock::now() + wait, std::move(work));
    wake_.notify_one();
}

void Alarm::loop() {
    std::unique_lock lock(mutex_);
    while (!is_stopping_) {
        if (work_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto first = work_.begin();
        if (first->first > std::chrono::steady_clock::now()) {
            wake_.wait_until(lock, first->first);
            continue;
        }
        const auto work = std::move(first->second);
        work_.erase(first);
        lock.unlock();
        work();
        lock.lock();
    }
}

}  // namespace chapar::ingress
