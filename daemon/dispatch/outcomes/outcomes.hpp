#pragma once
// Takes the results of attempts from the plugins' threads, makes settlements of them, lets the route learn, and hands
// the settlements to the store. An outcome that is known is never thrown away: it is handed in until the store takes
// it.
//
// Threads: `post` from any; all else is the dispatch strand's. The inbox has a mutex, because outcomes come one by one
// from many threads and cross in batches.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/timers.hpp"
#include "dispatch/attempt_result.hpp"
#include "dispatch/flight_memory.hpp"
#include "dispatch/in_flight_table.hpp"
#include "dispatch/outcomes/attempt_metrics.hpp"
#include "dispatch/pick/crash_suspects.hpp"
#include "dispatch/routing/router.hpp"
#include "queue/backoff.hpp"
#include "store/queue.hpp"
#include "track/outcome_log.hpp"

namespace boost::asio {
class io_context;
}

namespace chapar::dispatch {

class Outcomes {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        metrics::Registry& metrics;
        boost::asio::io_context& strand;
        Timers& timers;
        const ConfigInUse& config;
        Router& router;
        queue::Scheduler& scheduler;
        CrashSuspects& suspects;
        FlightMemory& memory;
        InFlightTable& in_flight;
        queue::Random& random;
        track::OutcomeLog* log;  // may be null
    };
    /// `on_change` runs on the strand when places are free again, and when outcomes are on disk.
    Outcomes(Deps deps, std::function<void()> on_change);

    void post(AttemptResult result);                // any thread
    void post(std::vector<AttemptResult> results);  // any thread
    void apply(std::vector<AttemptResult> results);

    /// Batches of settlements on their way to the store, or waiting until it takes them.
    std::size_t unwritten() const { return unwritten_; }

  private:
    void drain();
    std::optional<store::Settlement> settle(AttemptResult& result);
    store::Settlement settle_unsent(InFlight& attempt, const AttemptResult& result);
    store::Settlement settle_answer(InFlight& attempt, model::Outcome outcome);
    void learn(InFlight& attempt, const model::Outcome& outcome);
    void note_cost(const InFlight& attempt, store::Settlement& out);
    std::optional<model::Suppression> learnt_of_address(const InFlight& attempt, const store::Settlement& ended) const;
    void write(std::vector<store::Settlement> settlements);
    void write_later(std::vector<store::Settlement> settlements);
    void written(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied);
    void finish(InFlight attempt, const store::Settlement& settlement, bool is_applied);
    void requeue(queue::ItemPtr item, const Route& from);

    const Deps deps_;
    const std::function<void()> on_change_;
    AttemptMetrics metrics_;
    std::mutex inbox_mutex_;  // guards inbox_
    std::vector<AttemptResult> inbox_;
    std::size_t unwritten_ = 0;
    std::unique_ptr<Timer> retry_timer_;
    std::vector<std::vector<store::Settlement>> refused_;  // by the store, to be handed in again
};

}  // namespace chapar::dispatch
