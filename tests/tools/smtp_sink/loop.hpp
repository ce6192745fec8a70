#pragma once
// epoll and timers on one thread. Watchers are borrowed; a watcher removes itself before it dies.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace sink {

class Watcher {
  public:
    virtual ~Watcher() = default;
    virtual void ready(std::uint32_t events) = 0;
};

class Loop {
  public:
    Loop();
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void add(int fd, std::uint32_t events, Watcher& watcher);
    void change(int fd, std::uint32_t events, Watcher& watcher);
    void remove(int fd);
    std::uint64_t after(std::uint32_t ms, std::function<void()> run);
    void cancel(std::uint64_t timer);
    /// Runs after the current round of events; for what must not die inside its own callback.
    void later(std::function<void()> run);
    void run();
    void stop() { stopped_ = true; }

  private:
    int wait_ms() const;
    void run_timers();
    int epoll_;
    bool stopped_ = false;
    std::uint64_t next_timer_ = 1;
    std::map<std::pair<double, std::uint64_t>, std::function<void()>> timers_;
    std::map<std::uint64_t, double> due_;
    std::vector<std::function<void()>> later_;
};

}  // namespace sink
