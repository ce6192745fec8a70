#pragma once
// Takes what plugins report later (receipts, bounces, opt-outs, replies), completes it, and hands it to the store.
//
// Threads: `take` from any; the reports cross to the dispatch strand in batches, under a mutex. There they are handed
// to the store behind the outcomes that were handed in before: a receipt that reaches the store ahead of its outcome
// has to be kept aside there, which costs two more writes.

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "store/reports.hpp"

namespace boost::asio {
class io_context;
}

namespace chapar::track {

class ReportIntake {
  public:
    struct Deps {
        const Clock& clock;
        store::Reports& reports;
        metrics::Registry& metrics;
        boost::asio::io_context& strand;
        std::function<std::shared_ptr<const config::Settings>()> settings;
        /// A message of the route has its receipt. Any thread.
        std::function<void(std::string_view route, MessageKey message)> on_receipt;
        /// A person opted out for the first time by an SMS; `latest` is what was sent to the number last. Any thread.
        std::function<void(std::string number, MessageId latest)> on_stop;
    };
    explicit ReportIntake(Deps deps) : deps_(std::move(deps)) {}

    /// `durable` runs once: true when it is on disk, false when it could not be stored and has to be reported again.
    void take(std::string_view route, model::Report told, std::function<void(bool)> durable);
    /// Hands what waits to the store: on the strand, or when nobody runs the strand any more.
    void flush();

  private:
    using Waiting = std::pair<model::Report, store::Done<store::Reported>>;
    void stored(const model::Report& report, const store::Reported& reported);
    void count(const model::Report& report, model::Effect effect);

    const Deps deps_;
    std::mutex mutex_;  // guards waiting_
    std::vector<Waiting> waiting_;
};

}  // namespace chapar::track
