#pragma once
// The sending side: queue -> lease -> render -> plugin -> settle. Everything it decides, it decides on one strand;
// rendering and the plugins run elsewhere and post their answers back.
//
// An attempt is committed to the store before any byte leaves, and every outcome is written until the store takes it: a
// crash leaves at most the attempts in flight in doubt, and those are known by name.

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "base/metrics.hpp"
#include "base/ranked_threads.hpp"
#include "dispatch/alone.hpp"
#include "dispatch/control.hpp"
#include "dispatch/gate.hpp"
#include "dispatch/prepare.hpp"
#include "dispatch/route.hpp"
#include "queue/backoff.hpp"
#include "queue/scheduler.hpp"
#include "store/messages.hpp"
#include "store/queue.hpp"
#include "store/settings.hpp"
#include "track/outcome_log.hpp"

namespace chapar::dispatch {

struct PoolLook;  // waiting.hpp

/// A route as the composition root hands it over: created and started, not yet in use.
struct RouteSpec {
    config::RouteSettings settings;
    std::shared_ptr<plugin::Instance> instance;
};

struct Deps {
    const Clock& clock;
    store::Queue& queue;
    store::Messages& messages;
    store::StoredSettings& saved;
    render::Catalogue& catalogue;
    metrics::Registry& metrics;
    boost::asio::io_context& strand;        // run by exactly one thread
    RankedThreads& render;                  // what reads a request or renders it, by the class's priority
    boost::asio::any_io_executor reads;     // store reads that fill the queue; one thread
    boost::asio::any_io_executor upkeep;    // what may take long and nobody waits for
    std::uint64_t seed = 0;                 // of the jitter; 0: the system's randomness
    queue::ReceiptBox* receipts = nullptr;  // what came for the routes' messages; may be null
    track::OutcomeLog* outcomes = nullptr;  // is told what becomes of messages; may be null
};

class Dispatcher final : public Control {
  public:
    explicit Dispatcher(Deps deps);
    ~Dispatcher() override;

    /// Resolves what an earlier life left in doubt, loads the pools, begins to send. Call once, before the strand runs.
    Result<void> start(const config::Settings& settings, std::shared_ptr<const policy::Rules> rules,
                       std::vector<RouteSpec> routes);
    /// Swaps settings, rules and routes as one step on the strand. Instances that left are given to `retired` once
    /// nothing of theirs is in flight here.
    using Retired = std::function<void(std::vector<std::shared_ptr<plugin::Instance>>)>;
    void apply(config::Settings settings, std::shared_ptr<const policy::Rules> rules, std::vector<RouteSpec> routes,
               Retired retired);
    /// Starts nothing new; `idle` runs when nothing is in flight and every outcome is on disk, or after `limit`.
    void stop(Milliseconds limit, std::function<void(std::int64_t still_in_flight)> idle);
    /// For the watchdog: the strand's last turn.
    Monotonic last_turn() const { return Monotonic(Monotonic::duration(last_turn_.load(std::memory_order_relaxed))); }

    /// Routes that may send what is due and begin nothing. About a second old. Any thread.
    std::vector<Stall> stalls() const;
    /// A sentence for each channel none of whose routes can send now. About a second old. Any thread.
    std::vector<std::string> channels_down() const;

    void accepted(store::AcceptedBatch batch) override;
    void moved(MessageKey key) override;
    void fence(std::function<void()> done) override;
    void queue(std::function<void(QueueView)> done) override;
    void routes(std::function<void(std::vector<RouteView>)> done) override;
    void pause(std::string route, std::string reason, std::function<void(Result<RouteView>)> done) override;
    void resume(std::string route, std::function<void(Result<RouteView>)> done) override;
    std::int64_t waiting(std::string_view application) const override;
    std::optional<model::TraceEntry> standstill(std::string_view channel, std::string_view class_name) const override;

  private:
    /// What became of the attempts that were found open at start.
    struct Doubts {
        std::int64_t again = 0, held = 0, poison = 0;
    };
    /// An attempt between lease and settled outcome.
    struct Flight {
        queue::ItemPtr item;
        std::shared_ptr<Route> route;
        std::shared_ptr<plugin::Instance> instance;  // which one has it: the route may have got another since
        Lane* lane = nullptr;                        // stays valid while its in_flight counts us
        std::optional<model::Cost> estimate;
        bool landed = false;  // its outcome is known, its settlement is not yet on disk
    };
    /// Leases on their way to the store, with what a worker needs to know of the strand to ask for them.
    struct Asking {
        std::shared_ptr<Route> route;  // the strand's
        config::RouteSettings by;
        sms::TextOptions text;
        std::shared_ptr<const config::Settings> settings;
        std::shared_ptr<const policy::Rules> rules;
        std::vector<queue::ItemPtr> items, unread;
        std::vector<queue::ItemPtr> tests;  // of an earlier version, which did not tell them apart: to be queued again
        std::vector<std::string> why;       // this route, by item; empty: there was no choice
        std::shared_ptr<PolicyGate> gate;
        std::vector<std::string> paths;
        bool counts_segments = false, is_priced = false, can_wait = false;
        Monotonic taken{};  // when their places in the route's rate were
    };
    /// An instance that no route uses any more, but that still has messages.
    struct Leaving {
        std::shared_ptr<plugin::Instance> instance;
        std::size_t in_flight = 0;
        Retired retired;
    };
    struct Landing {
        MessageKey key;
        int number;
        model::Outcome outcome;
        std::optional<Refusal> refusal;  // it was never handed over
        bool handed_over = true;
    };

    // dispatcher.cpp: life and the turn of the strand
    void wake();
    void turn();
    void arm(std::optional<Timestamp> next_due);
    void maintain();
    void use(std::shared_ptr<const config::Settings> settings, std::shared_ptr<const policy::Rules> rules);
    void limit_rests();
    void retire(std::vector<std::shared_ptr<plugin::Instance>> left, const Retired& retired);
    // pump.cpp: picking and leasing
    void pump();
    void pump_route(const std::shared_ptr<Route>& route);
    queue::ItemPtr pick_for(Route& route);
    queue::Fit offer(Route& route, queue::ItemPtr& item);
    bool is_urgent(const queue::Item& item) const;
    bool has_memory(const Route& route, const queue::Item& item) const;
    void take_memory(const Route& route, queue::Item& item);
    /// Its memory is free again; what it was says what the next one will be.
    void free_memory(queue::Item& item);
    void share_memory();
    queue::Fit read_again(queue::ItemPtr& item);
    queue::Fit set_aside(queue::ItemPtr& item, Timestamp due, model::Reason reason, std::string detail);
    // go_alone.cpp: what was in hand when the daemon died
    void go_alone();
    bool may_go_alone(const Route& route) const;
    // choose.cpp: which route
    bool is_primary(const Route& route, const std::string& class_name) const;
    /// Routes of this channel are chosen by number, price or sender, so each message for itself.
    bool chooses(const std::string& channel) const { return choosing_.contains(channel); }
    /// The healthy route that goes first for the message's step; `except` is left out. nullptr: there is none.
    std::shared_ptr<Route> best_route(const queue::Item& item, const Route* except = nullptr) const;
    std::string sender_of(const queue::Item& item) const;
    bool lacks_senders(const queue::Item& item) const;
    queue::Fit pass_on(queue::ItemPtr& item);
    std::string why_route(const Route& route, const queue::Item& item) const;
    /// On a worker.
    Facts facts_of(const Asking& asking, std::size_t index);
    void learn_prices();
    void note_cost(const Route& route, const Flight& flight, store::Settlement& out);
    void raise(const std::vector<policy::CapAlarm>& alarms);
    void expire(queue::ItemPtr item);
    // leasing.cpp
    void lease(const std::shared_ptr<Route>& route, std::vector<queue::ItemPtr> items, Monotonic taken, bool can_wait);
    /// On a worker: reads what the policy asks of the messages, then asks the store.
    void ask(const std::shared_ptr<Asking>& asking);
    bool read_body(queue::Item& item);
    static bool set_apart(Asking& asking);
    void leased(Asking& asking, Result<std::vector<model::Leased>> answers);
    void not_read(Asking& asking);
    void queue_tests(Asking& asking);
    void not_leased(queue::ItemPtr item, const model::Leased& answer, std::optional<model::Reason> reason);
    /// It was picked, and nothing came of it: its place and its part of the rate are free again.
    void not_begun(const Asking& asking, queue::Item& item);
    // handover.cpp
    void hand_over(const std::shared_ptr<Route>& route, const std::vector<queue::Item*>& items);
    /// What a message carries, if anything. On a worker. A store that can't be read gives it back.
    std::expected<std::optional<Digest>, Refusal> digest_of(const store::Queued& queued);
    /// On a worker, which has the items to itself until their landing is received.
    void prepare_and_send(const std::vector<queue::Item*>& items, SiteDefaults site, const config::Settings& settings,
                          plugin::Instance& instance, Milliseconds deadline);
    void send(std::vector<plugin::Outgoing> batch, plugin::Instance& instance, Milliseconds deadline);
    std::expected<plugin::Outgoing, Refusal> make_outgoing(queue::Item& item, SiteDefaults site,
                                                           const config::Settings& settings);
    /// False: what rendering made of it is more than there is memory for now.
    bool fits_as_rendered(queue::Item& item, const plugin::Outgoing& outgoing, bool urgent);
    void handed_over(std::uint64_t ticket);
    SiteDefaults site_defaults() const { return {settings_->daemon.timezone, settings_->daemon.locale}; }
    // landing.cpp: outcomes
    void receive(std::vector<Landing> landings);  // any thread
    void receive(Landing landing);                // any thread
    void look_at_receipts();
    void count_attempt(const Route& route, std::string_view verdict);
    void land(std::vector<Landing> landings);
    void collect();
    void settle(Landing& landing, std::vector<store::Settlement>& out);
    std::optional<model::Suppression> learnt_of(const store::Queued& queued, const Route& route,
                                                const store::Settlement& ended) const;
    void learn(Flight& flight, const model::Outcome& outcome);
    void say_what_was_learnt(const Route& route, const Lesson& lesson, const model::Outcome& outcome) const;
    void let_go(const Flight& flight);
    void write(std::vector<store::Settlement> settlements);
    void written(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied);
    static void tell_held(const std::vector<store::Settlement>& settlements, const std::vector<bool>& applied);
    /// A message that waits again: to the schedule, or at once to another route when its provider failed.
    void return_to_queue(queue::ItemPtr item, const Route& from);
    // refill.cpp: between store and memory
    void refill();
    void take_new(queue::ItemPtr item);
    void take_new(std::vector<queue::ItemPtr> items);
    void take(queue::PoolState& pool, std::vector<queue::ItemPtr> items, int asked);
    void look_again();
    void look_through(const std::vector<store::PoolDepth>& pools);
    void sweep_overdue();
    void sweep_follow_ups();
    /// What the old rules kept back is asked again under the new ones: a page at a time, one pass at a time.
    void reconsider();
    struct Pass;
    void reconsider_page(std::shared_ptr<Pass> pass);
    void ask_again(const std::shared_ptr<Pass>& pass, const store::Page& page);
    void end_pass(const Pass& pass);
    Result<void> resolve_in_doubt();
    // progress.cpp: the dead man's switch
    void watch_progress(const std::vector<store::PoolDepth>& pools);
    /// How many messages of which class the route could begin now, and does not.
    std::map<std::string, std::int64_t> startable(Route& route, const std::vector<store::PoolDepth>& due);
    bool has_work(Route& route, const store::Pool& pool, bool is_idle);
    std::int64_t under_way(const Route& route) const;
    std::string describe(const Route& route, const std::map<std::string, std::int64_t>& classes) const;
    void say_stalls(const std::vector<Stall>& stalls);
    std::vector<store::Settlement> resolve(const std::vector<store::InDoubt>& doubts, bool is_alone, Doubts& count);
    // views.cpp
    struct Standing {
        std::string route, channel;
        std::vector<std::string> classes;  // empty: all
        std::optional<model::Reason> rests;
        std::string why;
    };
    /// Lets other threads see how the routes stand.
    void publish_standing();
    // queue_view.cpp
    WaitReason why_due(std::string_view channel, const std::string& class_name) const;
    PoolView view_of(const PoolLook& look);
    // gauges.cpp: what monitoring sees, once a second
    void publish_gauges(const std::vector<store::PoolDepth>& pools);
    void publish_waiting(const std::vector<store::PoolDepth>& pools);
    void publish_routes();
    std::shared_ptr<Route> find_route(std::string_view name) const;

    config::Priority class_priority(const std::string& name) const { return priority_in(*settings_, name); }
    static config::Priority priority_in(const config::Settings& settings, const std::string& class_name);
    config::ClassSettings class_settings(const std::string& name) const;
    void check_idle();

    Deps deps_;
    std::shared_ptr<const config::Settings> settings_ = std::make_shared<config::Settings>();
    std::shared_ptr<const policy::Rules> rules_;
    bool counts_segments_ = false;  // a cap or a price asks for segments, so texts are rendered before their lease
    bool is_priced_ = false;        // some route or channel costs something
    std::vector<std::string> data_paths_;  // that rules ask for
    std::set<std::string> choosing_;       // channels
    /// Channels with a route that names lines; swapped whole.
    std::shared_ptr<const std::set<std::string>> lined_ = std::make_shared<const std::set<std::string>>();
    std::shared_ptr<queue::Budget> in_all_ = std::make_shared<queue::Budget>(0);  // of what is in flight by any route
    std::atomic<std::size_t> unforeseen_{0};     // bytes that were handed over beyond what was charged
    std::atomic<std::size_t> spare_{0};          // of them, as many as may be
    std::map<std::string, Monotonic> alarm_at_;  // by cap: a reached one is told again from then on
    queue::Scheduler scheduler_;
    queue::Random random_;
    std::vector<std::shared_ptr<Route>> routes_;
    std::map<MessageKey, Flight> flights_;
    std::vector<Leaving> leaving_;
    Alone alone_;
    std::mutex inbox_mutex_;  // guards inbox_: landings cross from worker and plugin threads in batches
    std::vector<Landing> inbox_;
    boost::asio::steady_timer timer_;
    Monotonic armed_for_{};
    Monotonic hold_until_{};  // the store refused a lease: nothing is picked before
    Monotonic maintain_at_{};
    Monotonic sweep_at_{};
    std::size_t unsettled_ = 0;  // settlements on their way to the store
    std::size_t unleased_ = 0;   // leases on their way to the store
    bool woken_ = false;
    bool stopping_ = false;
    bool looking_ = false;
    bool sweeping_ = false, following_up_ = false;  // one at a time
    std::shared_ptr<Pass> pass_;                    // of reconsidering, under way
    std::atomic<bool> ending_{false};               // for what runs long elsewhere
    std::size_t loading_ = 0;                       // pools that are being refilled
    Monotonic look_at_{};                           // for what else waits in the store
    std::function<void(std::int64_t)> idle_;
    std::atomic<Monotonic::rep> last_turn_{0};

    std::uint64_t last_ticket_ = 0;         // of what was given to the workers to be handed over
    std::set<std::uint64_t> open_tickets_;  // not yet handed over
    std::vector<std::pair<std::uint64_t, std::function<void()>>> fences_;

    std::shared_ptr<const std::vector<Standing>> standing_;  // swapped whole, by std::atomic_store
    std::shared_ptr<const std::vector<Stall>> stalls_;       // the same
    Monotonic stall_said_{};
    bool lease_fails_ = false;  // the last lease could not be written

    struct AttemptMetrics {
        metrics::Counter* ended;
        metrics::Gauge* last;
    };
    std::map<std::pair<std::string, std::string>, AttemptMetrics> attempt_metrics_;
    Monotonic gauges_at_{};
    std::map<model::Reason, metrics::Counter*> kept_back_counters_;
    metrics::Histogram& latency_;
    metrics::Gauge& in_flight_gauge_;
    metrics::Gauge& memory_gauge_;
    metrics::Gauge& body_gauge_;
    metrics::Gauge& flight_gauge_;
};

}  // namespace chapar::dispatch
