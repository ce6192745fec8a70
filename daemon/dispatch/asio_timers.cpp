#include "dispatch/asio_timers.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <utility>

namespace chapar::dispatch {
namespace {

class AsioTimer final : public Timer {
  public:
    explicit AsioTimer(boost::asio::io_context& context) : timer_(context) {}
    ~AsioTimer() override { ++*setting_; }
    void run_at(Monotonic at, std::function<void()> call) override {
        timer_.expires_at(at);
        // A call whose time has come is queued already and can't be cancelled: it must know that it was replaced.
        timer_.async_wait(
            [call = std::move(call), now = setting_, then = ++*setting_](boost::system::error_code error) {
                if (!error && *now == then) call();
            });
    }
    void cancel() override {
        ++*setting_;
        timer_.cancel();
    }

  private:
    boost::asio::steady_timer timer_;
    std::shared_ptr<std::uint64_t> setting_ = std::make_shared<std::uint64_t>(0);  // counts what was set and cancelled
};

}  // namespace

std::unique_ptr<Timer> AsioTimers::make() { return std::make_unique<AsioTimer>(context_); }

}  // namespace chapar::dispatch
