#pragma once
// Threads that do the most urgent of what waits first. Some of them do nothing but rank 0, so that it never waits for
// what began before it came. Callable from any thread.

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/ranked_executor.hpp"

namespace chapar {

class RankedThreads final : public RankedExecutor {
  public:
    /// `only_urgent` of the threads are for rank 0 alone. They are called NAME, and NAME-urgent.
    RankedThreads(const std::string& name, std::size_t threads, std::size_t only_urgent);
    ~RankedThreads() override;
    RankedThreads(const RankedThreads&) = delete;
    RankedThreads& operator=(const RankedThreads&) = delete;

    /// After `stop` it is dropped.
    void post(std::size_t rank, Task task) override;
    /// What waits is dropped; what runs ends.
    void stop();
    /// Waits until everything has run, or was dropped; nothing may be posted any more.
    void join();

  private:
    void run(std::size_t up_to_rank);
    bool has_work(std::size_t up_to_rank) const;

    mutable std::mutex mutex_;                          // guards what follows
    std::condition_variable changed_, urgent_changed_;  // of all work; of what the urgent ones may do
    std::array<std::deque<Task>, ranks> waiting_;
    bool stopped_ = false, joining_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace chapar
