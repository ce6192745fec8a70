#pragma once
// The sending side's world without threads and without waiting: one thread runs what is ready, and time goes on only
// when a test says so, from timer to timer.

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/ranked_executor.hpp"
#include "base/timers.hpp"

namespace chapar::dispatch {

/// Stands still until it is moved by one thread; any thread may read it.
class VirtualClock final : public Clock {
  public:
    Timestamp now() const override { return from_ms(wall_); }
    Monotonic monotonic() const override { return Monotonic(Monotonic::duration(passed_)); }
    void advance(Monotonic::duration by) {
        passed_ += by.count();
        wall_ = wall_at_start_ + std::chrono::floor<Milliseconds>(monotonic() - start).count();
    }
    void advance_to(Monotonic at) {
        if (at > monotonic()) advance(at - monotonic());
    }
    /// As an administrator does who sets the clock.
    void shift_wall(Milliseconds by) {
        wall_at_start_ += by.count();
        wall_ += by.count();
    }

  private:
    static constexpr Monotonic start{std::chrono::hours(1)};
    std::int64_t wall_at_start_ = to_ms(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30));
    std::atomic<std::int64_t> wall_{wall_at_start_};
    std::atomic<Monotonic::rep> passed_{start.time_since_epoch().count()};
};

class VirtualTimers final : public Timers {
  public:
    std::unique_ptr<Timer> make() override { return std::make_unique<Each>(*this); }
    std::optional<Monotonic> next() const {
        return waiting_.empty() ? std::nullopt : std::optional(waiting_.begin()->first.first);
    }
    /// Calls those whose time has come, in their order.
    std::size_t fire(Monotonic now) {
        std::size_t fired = 0;
        for (; !waiting_.empty() && waiting_.begin()->first.first <= now; ++fired) {
            const auto call = std::move(waiting_.begin()->second);
            waiting_.erase(waiting_.begin());
            call();
        }
        return fired;
    }

  private:
    using Key = std::pair<Monotonic, std::uint64_t>;
    class Each final : public Timer {
      public:
        explicit Each(VirtualTimers& all) : all_(all) {}
        ~Each() override { cancel(); }
        void run_at(Monotonic at, std::function<void()> call) override {
            cancel();
            key_ = {at, ++all_.last_};
            all_.waiting_.emplace(key_, std::move(call));
        }
        void cancel() override { all_.waiting_.erase(key_); }

      private:
        VirtualTimers& all_;
        Key key_{};
    };
    std::map<Key, std::function<void()>> waiting_;
    std::uint64_t last_ = 0;
};

/// Work by its rank, run when a test says so.
class RankedQueue final : public RankedExecutor {
  public:
    void post(std::size_t rank, Task task) override { waiting_.at(rank).push_back(std::move(task)); }
    bool run_one() {
        for (auto& tasks : waiting_) {
            if (tasks.empty()) continue;
            Task task = std::move(tasks.front());
            tasks.pop_front();
            is_running_ = true;
            task();
            is_running_ = false;
            return true;
        }
        return false;
    }
    bool is_running() const { return is_running_; }

  private:
    std::array<std::deque<Task>, ranks> waiting_;
    bool is_running_ = false;
};

struct VirtualWorld {
    struct Contexts {
        boost::asio::io_context strand{1}, reads{1}, upkeep{1};
        boost::asio::any_io_executor to_reads{reads.get_executor()}, to_upkeep{upkeep.get_executor()};
    };
    VirtualClock clock;
    VirtualTimers timers;
    std::unique_ptr<Contexts> contexts = std::make_unique<Contexts>();
    RankedQueue render;
    bool holds_render = false, holds_upkeep = false;  // what is posted there waits
    /// Waits for what runs on threads outside of this world; false: nothing did. It may have posted something.
    std::function<bool()> wait_outside = {};

    /// What was posted and has not run never runs.
    void drop_ready() {
        render = {};
        contexts = std::make_unique<Contexts>();
    }
    /// Runs what is ready, and what that makes ready. The number of what ran.
    std::size_t run() {
        std::size_t all = 0;
        for (std::size_t some = 1; some != 0; all += some) {
            some = timers.fire(clock.monotonic()) + poll(contexts->strand) + poll(contexts->reads);
            if (!holds_upkeep) some += poll(contexts->upkeep);
            if (some == 0 && !holds_render) some += render.run_one() ? 1 : 0;
            if (some == 0 && wait_outside) some += wait_outside() ? 1 : 0;
        }
        return all;
    }
    /// Runs what is ready and lets time go on from timer to timer until `done` holds; false when it does not within
    /// `limit`.
    bool until(const std::function<bool()>& done, Milliseconds limit) {
        const Monotonic end = clock.monotonic() + limit;
        for (;;) {
            run();
            if (done()) return true;
            if (run() != 0) continue;  // `done` itself made something ready
            const auto next = timers.next();
            if (!next || *next > end) return false;
            clock.advance_to(*next);
        }
    }
    void run_for(Milliseconds time) {
        const Monotonic end = clock.monotonic() + time;
        until([] { return false; }, time);
        clock.advance_to(end);
        run();
    }

  private:
    static std::size_t poll(boost::asio::io_context& context) {
        context.restart();
        return context.poll();
    }
};

}  // namespace chapar::dispatch
