#pragma once
// Timers as a parameter, so that a test's clock drives them. A timer belongs to one executor: it is set, cancelled and
// destroyed there, and its call runs there.

#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace chapar {

/// Runs one function at a time of the monotonic clock. Its destruction cancels it.
class Timer {
  public:
    virtual ~Timer() = default;
    /// Replaces what was set before. A time that is past means as soon as possible, never inside this call.
    virtual void run_at(Monotonic at, std::function<void()> call) = 0;
    virtual void cancel() = 0;
};

class Timers {
  public:
    virtual ~Timers() = default;
    virtual std::unique_ptr<Timer> make() = 0;
};

}  // namespace chapar
