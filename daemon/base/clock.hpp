#pragma once
// Time as a parameter, so that tests move it. Wall time is UTC milliseconds (what is stored and shown);
// timers and timeouts use the monotonic clock, which no administrator can set.

#include <atomic>
#include <chrono>
#include <cstdint>

namespace chapar {

using Milliseconds = std::chrono::milliseconds;
using Timestamp = std::chrono::sys_time<Milliseconds>;    // wall clock, UTC
using Monotonic = std::chrono::steady_clock::time_point;  // never jumps

inline std::int64_t to_ms(Timestamp t) { return t.time_since_epoch().count(); }
inline Timestamp from_ms(std::int64_t ms) { return Timestamp{Milliseconds{ms}}; }

/// Both clocks. Implementations are callable from any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Timestamp now() const = 0;
    virtual Monotonic monotonic() const = 0;
};

class SystemClock final : public Clock {
  public:
    Timestamp now() const override { return std::chrono::floor<Milliseconds>(std::chrono::system_clock::now()); }
    Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
};

/// A clock that stands still until it is moved. For tests; one thread moves it, any may read it.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(Timestamp start) : now_(start) {}
    Timestamp now() const override { return now_; }
    Monotonic monotonic() const override { return monotonic_; }
    void advance(Milliseconds by) {
        now_ = now_.load() + by;
        monotonic_ = monotonic_.load() + by;
    }
    void set_wall(Timestamp t) { now_ = t; }

  private:
    std::atomic<Timestamp> now_;
    std::atomic<Monotonic> monotonic_{Monotonic(std::chrono::hours(1))};
};

}  // namespace chapar
