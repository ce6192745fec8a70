#pragma once
// The thread that webhooks are delivered on, and connections of their own: nothing that sends messages waits for them,
// and no connection of a route is used. Callable from any thread but where it says otherwise.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "dispatch/asio_timers.hpp"
#include "net/transfers.hpp"
#include "webhook/deliveries.hpp"

namespace chapar::app {

class WebhookThread {
  public:
    /// All are borrowed.
    WebhookThread(const Clock& clock, store::Reports& reports, store::WebhookProgress& webhooks,
                  metrics::Registry& metrics);
    ~WebhookThread();
    WebhookThread(const WebhookThread&) = delete;
    WebhookThread& operator=(const WebhookThread&) = delete;

    void apply(std::vector<webhook::DefinitionPtr> definitions);
    void fed() { deliveries_.fed(); }
    /// Runs work where the deliveries are.
    void ask(std::function<void(webhook::Deliveries&)> work);
    /// Waits until what is under way has an answer, at most for `limit`, and until all is written. Once.
    void stop(Milliseconds limit);

  private:
    void transfer(net::Transfer transfer, net::Transfers::Done done);

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{context_.get_executor()};
    dispatch::AsioTimers timers_{context_};
    std::mt19937_64 chance_{std::random_device{}()};
    std::unique_ptr<net::Transfers> transfers_;  // made with the first transfer; the thread's
    webhook::Deliveries deliveries_;
    std::thread thread_;
};

}  // namespace chapar::app
