#pragma once
// How many of the messages that a provider took have no receipt after a while. One thread; time is a parameter.
//
// Judged are those that were taken between one and two waits ago. A route that is not used any more has none of them
// two waits later, and is tried again.

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace chapar::queue {

class ReceiptWatch {
  public:
    struct Count {
        std::int64_t judged = 0, missing = 0;
        double share() const { return judged == 0 ? 0 : static_cast<double>(missing) / static_cast<double>(judged); }
    };
    static constexpr std::int64_t fewest = 20;   // below that nothing is said
    static constexpr std::size_t most = 20'000;  // beyond that new ones are not looked at

    /// 0: it watches nothing.
    void set_wait(Milliseconds wait) {
        if (wait == wait_) return;
        wait_ = wait;
        taken_.clear();
        waiting_.clear();
    }
    Milliseconds wait() const { return wait_; }

    void taken(MessageKey key, Monotonic now) {
        if (wait_.count() == 0 || taken_.size() >= most) return;
        taken_.push_back({key, now, false});
        waiting_[key] = first_ + taken_.size() - 1;
    }
    void heard(MessageKey key) {
        const auto found = waiting_.find(key);
        if (found == waiting_.end()) return;
        if (found->second >= first_) taken_[found->second - first_].is_heard = true;
        waiting_.erase(found);
    }
    Count count(Monotonic now) {
        while (!taken_.empty() && taken_.front().at + 2 * wait_ < now) {
            const auto found = waiting_.find(taken_.front().key);
            if (found != waiting_.end() && found->second == first_) waiting_.erase(found);
            taken_.pop_front();
            ++first_;
        }
        Count out;
        for (const Taken& each : taken_) {
            if (each.at + wait_ > now) break;
            ++out.judged;
            out.missing += each.is_heard ? 0 : 1;
        }
        return out;
    }

  private:
    struct Taken {
        MessageKey key;
        Monotonic at;
        bool is_heard = false;
    };
    Milliseconds wait_{0};
    std::deque<Taken> taken_;                                // oldest first
    std::unordered_map<MessageKey, std::uint64_t> waiting_;  // number of its entry
    std::uint64_t first_ = 0;                                // number of taken_.front()
};

/// Where reports are left for the routes that watch. Any thread.
class ReceiptBox {
  public:
    using Heard = std::vector<std::pair<std::string, MessageKey>>;  // route, message
    void put(std::string_view route, MessageKey key) {
        const std::lock_guard lock(mutex_);
        if (heard_.size() < ReceiptWatch::most) heard_.emplace_back(route, key);
    }
    Heard take() {
        const std::lock_guard lock(mutex_);
        return std::exchange(heard_, {});
    }

  private:
    std::mutex mutex_;  // guards heard_
    Heard heard_;
};

}  // namespace chapar::queue
