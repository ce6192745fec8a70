#pragma once
// A host with all its services on two threads, and a way to send a batch and wait for its outcomes. Owns everything.

#include "net/asio_quiet.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/transfers.hpp"
#include "plugin/host.hpp"

namespace chapar::plugin::test {

/// What came back for one batch; counts how often each index was answered.
class Outcomes {
  public:
    Instance::Completed collect();
    /// Waits until `count` answers came; false after five seconds.
    bool wait(std::size_t count);
    model::Outcome at(std::size_t index) const;
    int times(std::size_t index) const;

  private:
    struct State {
        std::mutex mutex;
        std::condition_variable changed;
        std::map<std::size_t, model::Outcome> outcomes;
        std::map<std::size_t, int> times;
        std::size_t answers = 0;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

class Bench {
  public:
    Bench();
    ~Bench();

    Host& host() { return *host_; }
    metrics::Registry& metrics() { return metrics_; }
    std::shared_ptr<Instance> create(const std::string& plugin, const std::string& config = "{}");
    std::string create_error(const std::string& plugin, const std::string& config);
    /// Sends `count` messages and waits for all their answers.
    Outcomes send(Instance& instance, std::size_t count, Milliseconds deadline = Milliseconds(5000));
    /// Drains and returns what was still held.
    std::string drain(Instance& instance, Milliseconds limit = Milliseconds(5000));
    HttpReply inbound(Instance& instance, HttpRequest request);
    std::vector<model::Report> events();
    /// The answer that the store gives to the next events.
    void set_durable(bool durable) { durable_ = durable; }
    double counter(const std::string& line_start);

    static std::vector<Outgoing> messages(std::size_t count);

  private:
    boost::asio::thread_pool pool_{2};
    boost::asio::any_io_executor executor_{pool_.get_executor()};
    net::Transfers transfers_;
    metrics::Registry metrics_;
    SystemClock clock_;
    std::mutex mutex_;
    std::vector<model::Report> events_;
    bool durable_ = true;
    std::unique_ptr<Host> host_;
};

}  // namespace chapar::plugin::test
