#pragma once
// Timers of an io_context.

#include "base/timers.hpp"

namespace boost::asio {
class io_context;
}

namespace chapar::dispatch {

/// Its timers call on the thread that runs `context`, which must outlive them.
class AsioTimers final : public Timers {
  public:
    explicit AsioTimers(boost::asio::io_context& context) : context_(context) {}
    std::unique_ptr<Timer> make() override;

  private:
    boost::asio::io_context& context_;
};

}  // namespace chapar::dispatch
