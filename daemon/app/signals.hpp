#pragma once
// The signals of the daemon, heard on a thread of their own, and the limit of the stop: whatever the other threads are
// stuck in, SIGTERM is heard and the process ends. Callable from any thread.

#include <functional>
#include <memory>

#include "base/clock.hpp"

namespace chapar::app {

class Signals {
  public:
    /// All run on the thread of the signals and must not wait; `overrun` may, it does not return.
    struct Handlers {
        std::function<void()> reload;         // SIGHUP
        std::function<void(int)> stop;        // SIGTERM, SIGINT: the first of them
        std::function<Milliseconds()> limit;  // from the first of them, or from guard(), to `overrun`
        std::function<void()> overrun;
    };
    explicit Signals(Handlers handlers);
    ~Signals();  // hears no more; the limit is lifted
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    /// A stop without a signal begins: its limit runs from now, unless one runs already.
    void guard();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::app
