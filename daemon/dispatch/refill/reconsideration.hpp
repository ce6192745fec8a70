#pragma once
// After a reload that changed the rules: what the old ones kept back is asked again under the new ones.
//
// One pass at a time, a page at a time: between two pages other upkeep has its turn, and nobody waits for the store.
// Rules that change during a pass begin it anew.
// Threads: `begin` and the end are the dispatch strand's; a page is worked on by `upkeep`, and belongs to the store's
// answers until the last of them came.

#include <atomic>
#include <functional>
#include <memory>

#include "base/clock.hpp"
#include "store/messages.hpp"

namespace boost::asio {
class any_io_executor;
class io_context;
}  // namespace boost::asio

namespace chapar::dispatch {

class Reconsideration {
  public:
    struct Deps {
        const Clock& clock;
        store::Messages& messages;
        boost::asio::io_context& strand;
        const boost::asio::any_io_executor& upkeep;
    };
    /// `on_done` runs on the strand at the end of a pass.
    Reconsideration(Deps deps, std::function<void()> on_done);

    void begin();
    /// No further page is read. Any thread.
    void stop() { is_stopping_ = true; }

  private:
    struct Pass;
    void read_page(const std::shared_ptr<Pass>& pass);
    void ask_again(const std::shared_ptr<Pass>& pass, const store::Page& page);
    void end(const Pass& pass);

    const Deps deps_;
    const std::function<void()> on_done_;
    std::shared_ptr<Pass> pass_;  // under way
    std::atomic<bool> is_stopping_{false};
};

}  // namespace chapar::dispatch
