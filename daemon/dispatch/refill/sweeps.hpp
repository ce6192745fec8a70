#pragma once
// Sweeps the store by the clock: messages that have expired are ended, and messages whose delivery is not known in time
// go on to their next channel. It reaches those that are not in memory.
//
// Threads: the dispatch strand begins a sweep; it runs on `upkeep`, one of each kind at a time.

#include <functional>

#include "base/clock.hpp"
#include "store/messages.hpp"
#include "store/queue.hpp"

namespace boost::asio {
class any_io_executor;
class io_context;
}  // namespace boost::asio

namespace chapar::dispatch {

class Sweeps {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        store::Messages& messages;
        boost::asio::io_context& strand;
        const boost::asio::any_io_executor& upkeep;
    };
    /// `on_moved` runs on the strand when a message waits again.
    Sweeps(Deps deps, std::function<void()> on_moved);

    /// Called about once a second.
    void sweep();

  private:
    void end_overdue();  // on upkeep
    void go_on();        // on upkeep
    const Deps deps_;
    const std::function<void()> on_moved_;
    Monotonic overdue_at_{};  // not before
    bool is_ending_ = false, is_going_on_ = false;
};

}  // namespace chapar::dispatch
