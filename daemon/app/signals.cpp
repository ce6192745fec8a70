#include "app/signals.hpp"

#include "base/thread_name.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <thread>

namespace chapar::app {

struct Signals::Impl {
    explicit Impl(Handlers h) : handlers(std::move(h)), signals(io, SIGHUP, SIGTERM, SIGINT), timer(io) { wait(); }

    void wait() {
        signals.async_wait([this](boost::system::error_code error, int number) {
            if (error) return;
            if (number == SIGHUP) {
                handlers.reload();
            } else if (!is_guarded) {
                guard();
                handlers.stop(number);
            }
            wait();
        });
    }
    void guard() {
        if (is_guarded) return;
        is_guarded = true;
        timer.expires_after(handlers.limit());
        timer.async_wait([this](boost::system::error_code error) {
            if (!error) handlers.overrun();
        });
    }

    const Handlers handlers;
    boost::asio::io_context io{1};
    boost::asio::signal_set signals;
    boost::asio::steady_timer timer;
    bool is_guarded = false;
    std::thread thread;  // last: it runs `io`
};

Signals::Signals(Handlers handlers) : impl_(std::make_unique<Impl>(std::move(handlers))) {
    impl_->thread = std::thread([impl = impl_.get()] {
        name_thread("signals");
        impl->io.run();
    });
}

Signals::~Signals() {
    impl_->io.stop();
    impl_->thread.join();
}

void Signals::guard() {
    boost::asio::post(impl_->io, [impl = impl_.get()] { impl->guard(); });
}

}  // namespace chapar::app
