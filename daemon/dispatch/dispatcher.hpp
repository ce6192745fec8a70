#pragma once
// The sending side: queue -> lease -> render -> plugin -> settle. It puts the rooms together and gives them their
// turns; what they decide, they decide on one strand. Rendering and the plugins run elsewhere and post their answers
// back.
//
// An attempt is committed to the store before any byte leaves, and every outcome is written until the store takes it: a
// crash leaves at most the attempts in flight in doubt, and those are known by name.
//
// The rooms, in the order in which a message passes them:
//   refill/    between the store, which holds the queue, and memory, which holds a window of it (queue::Scheduler)
//   pick/      which message goes now, by which route
//   routing/   the routes, what they learnt, and which of them a message takes
//   lease/     what the policy asks of the message; the attempt is written down
//   handover/  the message is rendered and given to the plugin
//   outcomes/  what became of it; what the route learns from it
//   views/     what others may see

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ranked_executor.hpp"
#include "base/timers.hpp"
#include "dispatch/control.hpp"
#include "dispatch/handover/handover.hpp"
#include "dispatch/lease/leaser.hpp"
#include "dispatch/outcomes/outcomes.hpp"
#include "dispatch/outcomes/receipt_delays.hpp"
#include "dispatch/pick/picker.hpp"
#include "dispatch/refill/reconsideration.hpp"
#include "dispatch/refill/recovery.hpp"
#include "dispatch/refill/refill.hpp"
#include "dispatch/refill/sweeps.hpp"
#include "dispatch/routing/route_pauses.hpp"
#include "dispatch/routing/router.hpp"
#include "dispatch/views/gauges.hpp"
#include "dispatch/views/queue_view.hpp"
#include "dispatch/views/stall_watch.hpp"
#include "dispatch/views/standing.hpp"

namespace chapar::dispatch {

struct Deps {
    const Clock& clock;
    store::Queue& queue;
    store::Nodes& nodes;
    store::Messages& messages;
    store::StoredSettings& saved;
    render::Catalogue& catalogue;
    metrics::Registry& metrics;
    boost::asio::io_context& strand;             // run by exactly one thread
    Timers& timers;                              // of the strand
    RankedExecutor& render;                      // what reads a request or renders it, by the class's priority
    const boost::asio::any_io_executor& reads;   // store reads that fill the queue; one thread
    const boost::asio::any_io_executor& upkeep;  // what may take long and nobody waits for
    std::uint64_t seed = 0;                      // of the jitter; 0: the system's randomness
    queue::ReceiptBox* receipts = nullptr;       // what came for the routes' messages; may be null
    track::OutcomeLog* outcomes = nullptr;       // is told what becomes of messages; may be null
};

class Dispatcher final : public Control {
  public:
    explicit Dispatcher(Deps deps);
    ~Dispatcher() override;

    /// Resolves what an earlier life left in doubt, loads the pools, begins to send. Call once, before the strand runs.
    /// `site`: null where [web] is not configured.
    Result<void> start(const config::Settings& settings, std::shared_ptr<const policy::Rules> rules,
                       std::vector<RouteSpec> routes, std::shared_ptr<const engage::SiteLinks> site = nullptr);
    /// Swaps settings, rules and routes as one step on the strand. Instances that left are given to `retired` once
    /// nothing of theirs is in flight here.
    using Retired = dispatch::Retired;
    void apply(config::Settings settings, std::shared_ptr<const policy::Rules> rules, std::vector<RouteSpec> routes,
               Retired retired, std::shared_ptr<const engage::SiteLinks> site = nullptr);
    /// Starts nothing new; `idle` runs when nothing is in flight and every outcome is on disk, or after `limit`.
    void stop(Milliseconds limit, std::function<void(std::int64_t still_in_flight)> idle);
    /// For the watchdog: the strand's last turn. Any thread.
    Monotonic last_turn() const { return Monotonic(Monotonic::duration(last_turn_.load(std::memory_order_relaxed))); }

    /// Routes that may send what is due and begin nothing. About a second old. Any thread.
    std::vector<Stall> stalls() const { return stall_watch_.stalls(); }
    /// A sentence for each channel none of whose routes can send now. About a second old. Any thread.
    std::vector<std::string> channels_down() const { return standing_.channels_down(); }

    void accepted(store::AcceptedBatch batch) override;
    void moved(MessageKey key) override;
    void fence(std::function<void()> done) override;
    void queue(std::function<void(QueueView)> done) override;
    void routes(std::function<void(std::vector<RouteView>)> done) override;
    void pause(std::string route, std::string reason, std::function<void(Result<RouteView>)> done) override;
    void resume(std::string route, std::function<void(Result<RouteView>)> done) override;
    std::int64_t waiting(std::string_view application) const override { return deps_.queue.waiting(application); }
    std::optional<model::TraceEntry> standstill(std::string_view channel, std::string_view class_name) const override {
        return standing_.standstill(channel, class_name);
    }

  private:
    void use(config::Settings settings, std::shared_ptr<const policy::Rules> rules, std::vector<RouteSpec> routes,
             std::shared_ptr<const engage::SiteLinks> site, const Retired& retired);
    /// Asks for a turn, unless one is asked for already.
    void wake();
    void turn();
    void pick();
    void maintain();
    /// Sleeps until something may be due.
    void arm(std::optional<Timestamp> next_due);
    void leased(Leaser::Leased answer);
    void look_again();
    void show_routes() { standing_.publish(router_, *config_); }
    void show_queue(const std::function<void(QueueView)>& done, Result<std::vector<PoolLook>> pools, std::int64_t held);
    /// No message is leased, in flight or being written.
    bool is_idle() const;
    void check_idle();

    const Deps deps_;
    ConfigInUse config_;  // swapped on the strand
    queue::Random random_;
    queue::Scheduler scheduler_;
    Router router_;
    FlightMemory memory_;
    InFlightTable in_flight_;
    LeaseTickets tickets_;
    CrashSuspects suspects_;
    Outcomes outcomes_;
    Handover handover_;
    Leaser leaser_;
    Picker picker_;
    Refill refill_;
    Sweeps sweeps_;
    Recovery recovery_;
    Reconsideration reconsideration_;
    RoutePauses pauses_;
    ReceiptDelays receipt_delays_;
    Standing standing_;
    StallWatch stall_watch_;
    Gauges gauges_;
    QueueViewer queue_viewer_;

    std::unique_ptr<Timer> turn_timer_, stop_timer_;
    Monotonic armed_for_{};
    Monotonic maintain_at_{};
    bool is_woken_ = false;
    bool is_stopping_ = false;
    std::function<void(std::int64_t)> idle_;
    std::atomic<Monotonic::rep> last_turn_{0};
};

}  // namespace chapar::dispatch
