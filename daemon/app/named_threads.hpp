#pragma once
// An executor of its own for one purpose: a few threads that carry its name.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/start_threads.hpp"
#include "base/thread_name.hpp"

namespace chapar::app {

class NamedThreads {
  public:
    NamedThreads(const std::string& name, int threads) : context_(threads), work_(context_.get_executor()) {
        const auto make = [this, name](std::size_t) {
            return [this, name] {
                name_thread(name);
                context_.run();
            };
        };
        start_threads(threads_, static_cast<std::size_t>(threads), make, [this] { context_.stop(); });
    }
    ~NamedThreads() { stop(); }
    NamedThreads(const NamedThreads&) = delete;
    NamedThreads& operator=(const NamedThreads&) = delete;

    const boost::asio::any_io_executor& executor() const { return executor_; }
    /// What runs ends; what waits is dropped, at the latest with this.
    void stop() {
        context_.stop();
        for (auto& thread : threads_) {
            if (thread.joinable()) thread.join();
        }
    }

  private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    boost::asio::any_io_executor executor_{context_.get_executor()};
    std::vector<std::thread> threads_;
};

}  // namespace chapar::app
