#pragma once
// Runs work after a while, on a thread of its own. Callable from any thread; what has not run is dropped at the end.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "base/clock.hpp"

namespace chapar::ingress {

class Alarm {
  public:
    Alarm() = default;
    ~Alarm();
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;
    /// `work` must not block.
    void after(Milliseconds wait, std::function<void()> work);

  private:
    using Time = std::chrono::steady_clock::time_point;
    void loop();
    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::multimap<Time, std::function<void()>> work_;
    bool is_stopping_ = false;
    std::thread thread_;  // begins with the first work
};

}  // namespace chapar::ingress
