#include "loop.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <stdexcept>

#include "journal.hpp"

namespace sink {

Loop::Loop() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) throw std::runtime_error("epoll_create1");
}
Loop::~Loop() { close(epoll_); }

void Loop::add(int fd, std::uint32_t events, Watcher& watcher) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error("epoll_ctl");
}

void Loop::change(int fd, std::uint32_t events, Watcher& watcher) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = &watcher;
    epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Loop::remove(int fd) { epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

std::uint64_t Loop::after(std::uint32_t ms, std::function<void()> run) {
    auto id = next_timer_++;
    auto due = monotonic_now() + ms / 1000.0;
    timers_.emplace(std::pair{due, id}, std::move(run));
    due_[id] = due;
    return id;
}

void Loop::cancel(std::uint64_t timer) {
    auto found = due_.find(timer);
    if (found == due_.end()) return;
    timers_.erase({found->second, timer});
    due_.erase(found);
}

void Loop::later(std::function<void()> run) { later_.push_back(std::move(run)); }

int Loop::wait_ms() const {
    if (timers_.empty()) return -1;
    return std::max(0, static_cast<int>(std::ceil((timers_.begin()->first.first - monotonic_now()) * 1000)));
}

void Loop::run_timers() {
    auto now = monotonic_now();
    while (!timers_.empty() && timers_.begin()->first.first <= now) {
        auto run = std::move(timers_.begin()->second);
        due_.erase(timers_.begin()->first.second);
        timers_.erase(timers_.begin());
        run();
    }
}

void Loop::run() {
    std::array<epoll_event, 64> events{};
    while (!stopped_) {
        int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
        if (count < 0 && errno != EINTR) throw std::runtime_error("epoll_wait");
        for (int i = 0; i < count; ++i) {
            auto& event = events[static_cast<std::size_t>(i)];
            static_cast<Watcher*>(event.data.ptr)->ready(event.events);
        }
        run_timers();
        auto todo = std::exchange(later_, {});
        for (auto& run : todo)
            run();
    }
}

}  // namespace sink
