#include "ingress/readers.hpp"

#include "base/start_threads.hpp"
#include "base/thread_name.hpp"

#include <algorithm>

namespace chapar::ingress {

Readers::Readers(int threads) {
    const auto make = [this](std::size_t) {
        return [this] {
            name_thread("in-reads");
            loop();
        };
    };
    start_threads(threads_, static_cast<std::size_t>(std::max(1, threads)), make, [this] { begin_stop(); });
}

void Readers::begin_stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

Readers::~Readers() {
    begin_stop();
    for (auto& thread : threads_)
        thread.join();
}

void Readers::run(std::function<void()> work) {
    {
        const std::lock_guard lock(mutex_);
        work_.push_back(std::move(work));
    }
    wake_.notify_one();
}

void Readers::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !work_.empty(); });
        if (work_.empty()) return;
        auto work = std::move(work_.front());
        work_.pop_front();
        lock.unlock();
        work();
        work = nullptr;  // what it holds is let go of without the lock
        lock.lock();
    }
}

}  // namespace chapar::ingress
