#include "base/ranked_threads.hpp"

#include <algorithm>

#include "base/start_threads.hpp"
#include "base/thread_name.hpp"

namespace chapar {

RankedThreads::RankedThreads(const std::string& name, std::size_t threads, std::size_t only_urgent) {
    const auto make = [&](std::size_t i) {
        const bool is_urgent = i < only_urgent;
        return [this, name = is_urgent ? name + "-urgent" : name, is_urgent] {
            name_thread(name);
            run(is_urgent ? 0 : ranks - 1);
        };
    };
    const auto end = [this] {
        stop();
        join();
    };
    start_threads(threads_, threads, make, end);
}

RankedThreads::~RankedThreads() {
    stop();
    join();
}

void RankedThreads::post(std::size_t rank, Task task) {
    {
        const std::lock_guard lock(mutex_);
        if (stopped_) return;
        waiting_[std::min(rank, ranks - 1)].push_back(std::move(task));
    }
    changed_.notify_one();
    if (rank == 0) urgent_changed_.notify_one();
}

void RankedThreads::stop() {
    std::array<std::deque<Task>, ranks> dropped;  // what they hold ends outside of the lock
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        dropped.swap(waiting_);
    }
    changed_.notify_all();
    urgent_changed_.notify_all();
}

void RankedThreads::join() {
    {
        const std::lock_guard lock(mutex_);
        joining_ = true;
    }
    changed_.notify_all();
    urgent_changed_.notify_all();
    for (auto& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

bool RankedThreads::has_work(std::size_t up_to_rank) const {
    for (std::size_t rank = 0; rank <= up_to_rank; ++rank) {
        if (!waiting_[rank].empty()) return true;
    }
    return false;
}

void RankedThreads::run(std::size_t up_to_rank) {
    std::unique_lock lock(mutex_);
    auto& wake = up_to_rank == 0 ? urgent_changed_ : changed_;
    while (true) {
        wake.wait(lock, [&] { return stopped_ || joining_ || has_work(up_to_rank); });
        if (!has_work(up_to_rank)) return;
        const auto first = std::ranges::find_if(waiting_, [](const auto& tasks) { return !tasks.empty(); });
        Task task = std::move(first->front());
        first->pop_front();
        lock.unlock();
        task();
        task = nullptr;
        lock.lock();
    }
}

}  // namespace chapar
