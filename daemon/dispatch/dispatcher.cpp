#include "dispatch/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <random>
#include <utility>

namespace chapar::dispatch {
namespace {

constexpr Milliseconds maintenance_interval{1'000};
constexpr Milliseconds longest_sleep{1'000};

std::uint64_t seed_or_random(std::uint64_t seed) {
    if (seed != 0) return seed;
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

// Each room is told what to call when something changed for the others; no room knows this class.
Dispatcher::Dispatcher(Deps deps)
    : deps_(deps),
      config_(std::make_shared<const ActiveConfig>(config::Settings{}, nullptr)),
      random_(seed_or_random(deps.seed)),
      router_(deps.clock, config_),
      outcomes_({deps.clock, deps.queue, deps.metrics, deps.strand, deps.timers, config_, router_, scheduler_,
                 suspects_, memory_, in_flight_, random_, deps.outcomes},
                [this] {
                    check_idle();
                    wake();
                }),
      handover_(
          {deps.clock, deps.queue, deps.catalogue, deps.strand, deps.render, config_, memory_, tickets_, deps.metrics},
          [this](AttemptResult result) { outcomes_.post(std::move(result)); },
          [this](std::vector<AttemptResult> results) { outcomes_.post(std::move(results)); }),
      leaser_({deps.clock, deps.queue, deps.messages, deps.catalogue, deps.metrics, deps.strand, deps.render, config_,
               router_, scheduler_, suspects_, memory_, in_flight_, tickets_},
              [this](Leaser::Leased answer) { leased(std::move(answer)); }),
      picker_({deps.clock, deps.messages, config_, router_, scheduler_, suspects_, memory_}),
      refill_(
          {deps.clock, deps.queue, deps.catalogue, deps.strand, deps.reads, config_, scheduler_}, [this] { wake(); },
          [this](const std::vector<store::PoolDepth>& pools) {
              stall_watch_.look(pools, leaser_.store_fails());
              gauges_.show_waiting(pools);
          }),
      sweeps_({deps.clock, deps.queue, deps.messages, deps.strand, deps.upkeep}, [this] { look_again(); }),
      recovery_({deps.clock, deps.queue, deps.nodes, deps.metrics, deps.strand, deps.upkeep, config_, suspects_,
                 random_, deps.outcomes},
                [this] { look_again(); }),
      reconsideration_({deps.clock, deps.messages, deps.strand, deps.upkeep}, [this] { look_again(); }),
      pauses_({deps.clock, deps.saved, deps.strand, router_},
              [this] {
                  show_routes();
                  wake();
              }),
      receipt_delays_(deps.clock, deps.metrics, router_, deps.receipts),
      standing_(deps.clock),
      stall_watch_({deps.clock, deps.metrics, config_, router_, scheduler_, suspects_, memory_, in_flight_}),
      gauges_({deps.clock, deps.metrics, config_, router_, scheduler_, memory_, in_flight_}),
      queue_viewer_({deps.clock, config_, router_, scheduler_, in_flight_, standing_}),
      turn_timer_(deps.timers.make()),
      stop_timer_(deps.timers.make()) {}

Dispatcher::~Dispatcher() = default;

Result<void> Dispatcher::start(const config::Settings& settings, std::shared_ptr<const policy::Rules> rules,
                               std::vector<RouteSpec> routes, std::shared_ptr<const engage::SiteLinks> site) {
    use(settings, std::move(rules), std::move(routes), std::move(site), [](const auto&) {});
    if (auto loaded = pauses_.load(); !loaded.has_value()) return loaded;
    if (auto recovered = recovery_.run(); !recovered.has_value()) return recovered;
    show_routes();
    // The watchdog counts from here: before the first turn nothing is late.
    last_turn_.store(deps_.clock.monotonic().time_since_epoch().count(), std::memory_order_relaxed);
    look_again();
    return {};
}

void Dispatcher::use(config::Settings settings, std::shared_ptr<const policy::Rules> rules,
                     std::vector<RouteSpec> routes, std::shared_ptr<const engage::SiteLinks> site,
                     const Retired& retired) {
    config_ = std::make_shared<const ActiveConfig>(std::move(settings), std::move(rules), std::move(site));
    scheduler_.configure(config_->settings);
    auto left = router_.replace(std::move(routes));
    picker_.put_back(suspects_.take_all());
    picker_.put_back(std::move(left.parked));
    memory_.share(config_->settings.queue.memory, router_.routes());
    router_.limit_rests();
    in_flight_.retire(std::move(left.instances), retired);
}

void Dispatcher::apply(config::Settings settings, std::shared_ptr<const policy::Rules> rules,
                       std::vector<RouteSpec> specs, Retired retired, std::shared_ptr<const engage::SiteLinks> site) {
    auto shared =
        std::make_shared<std::pair<config::Settings, std::vector<RouteSpec>>>(std::move(settings), std::move(specs));
    boost::asio::post(deps_.strand,
                      [this, shared, rules = std::move(rules), site = std::move(site), retired = std::move(retired)] {
                          const bool other_rules = config::policy_differs(config_->settings, shared->first);
                          use(std::move(shared->first), rules, std::move(shared->second), site, retired);
                          show_routes();
                          if (other_rules) reconsideration_.begin();
                          wake();
                      });
}

void Dispatcher::stop(Milliseconds limit, std::function<void(std::int64_t)> idle) {
    reconsideration_.stop();
    boost::asio::post(deps_.strand, [this, limit, idle = std::move(idle)] {
        is_stopping_ = true;
        leaser_.stop();
        turn_timer_->cancel();
        idle_ = idle;
        stop_timer_->run_at(deps_.clock.monotonic() + limit, [this] {
            if (!idle_) return;
            auto done = std::exchange(idle_, nullptr);
            done(static_cast<std::int64_t>(in_flight_.size()));
        });
        check_idle();
    });
}

bool Dispatcher::is_idle() const {
    return in_flight_.empty() && leaser_.under_way() == 0 && outcomes_.unwritten() == 0;
}

void Dispatcher::check_idle() {
    if (!is_stopping_ || !idle_ || !is_idle()) return;
    stop_timer_->cancel();
    auto done = std::exchange(idle_, nullptr);
    done(0);
}

void Dispatcher::wake() {
    if (is_woken_) return;
    is_woken_ = true;
    boost::asio::post(deps_.strand, [this] { turn(); });
}

void Dispatcher::turn() {
    is_woken_ = false;
    last_turn_.store(deps_.clock.monotonic().time_since_epoch().count(), std::memory_order_relaxed);
    if (is_stopping_) {
        check_idle();
        return;
    }
    const auto next_due = scheduler_.promote(deps_.clock.now());
    if (deps_.clock.monotonic() >= maintain_at_) maintain();
    pick();
    refill_.fill();
    arm(next_due);
}

void Dispatcher::pick() {
    if (deps_.clock.monotonic() < leaser_.holds_until()) return;
    auto picked = picker_.pick(is_idle());
    for (auto& batch : picked.batches)
        leaser_.lease(std::move(batch));
    if (picked.again) wake();
}

void Dispatcher::leased(Leaser::Leased answer) {
    if (!answer.go.empty()) handover_.hand_over(answer.route, answer.go, answer.ticket);
    if (!answer.back.empty()) outcomes_.apply(std::move(answer.back));
    tickets_.close(answer.ticket);
    wake();
}

void Dispatcher::arm(std::optional<Timestamp> next_due) {
    const Monotonic now = deps_.clock.monotonic();
    Monotonic at = now + longest_sleep;
    if (next_due) at = std::min(at, now + std::max(*next_due - deps_.clock.now(), Milliseconds{0}));
    if (leaser_.holds_until() > now) at = std::min(at, leaser_.holds_until());
    if (const auto look = suspects_.look_at(now)) at = std::min(at, *look);
    for (const auto& route : router_.routes()) {
        const Monotonic token = route->bucket().next(now);
        if (token > now) at = std::min(at, token);
        if (const auto rest = route->rests_until(now)) at = std::min(at, *rest);
    }
    if (armed_for_ > now && armed_for_ <= at) return;
    armed_for_ = at;
    turn_timer_->run_at(at, [this] {
        armed_for_ = {};
        wake();
    });
}

void Dispatcher::maintain() {
    const Monotonic now = deps_.clock.monotonic();
    maintain_at_ = now + maintenance_interval;
    for (auto& item : scheduler_.take_expired(deps_.clock.now()))
        picker_.expire(std::move(item));
    for (const auto& route : router_.routes())
        route->forget_idle_lanes(now);
    scheduler_.forget_idle_pools(deps_.clock.now());
    refill_.look_if_due();
    receipt_delays_.look();
    show_routes();
    gauges_.show_memory();
    sweeps_.sweep();
    recovery_.beat();
}

void Dispatcher::look_again() {
    refill_.look();
    wake();
}

void Dispatcher::accepted(store::AcceptedBatch batch) {
    auto shared = std::make_shared<store::AcceptedBatch>(std::move(batch));
    boost::asio::post(deps_.strand, [this, shared] { refill_.take_accepted(std::move(*shared)); });
}

void Dispatcher::moved(MessageKey) {
    boost::asio::post(deps_.strand, [this] { look_again(); });
}

void Dispatcher::fence(std::function<void()> done) {
    boost::asio::post(deps_.strand, [this, done = std::move(done)] { tickets_.wait(done); });
}

void Dispatcher::queue(std::function<void(QueueView)> done) {
    boost::asio::post(deps_.upkeep, [this, done = std::move(done)] {
        auto pools = std::make_shared<Result<std::vector<PoolLook>>>(look_at_pools(deps_.queue, deps_.clock.now()));
        const auto counts = deps_.messages.counts();
        const auto held = counts ? counts->by_state[static_cast<int>(model::State::held)] : 0;
        boost::asio::post(deps_.strand, [this, done, pools, held] { show_queue(done, std::move(*pools), held); });
    });
}

void Dispatcher::show_queue(const std::function<void(QueueView)>& done, Result<std::vector<PoolLook>> pools,
                            std::int64_t held) {
    show_routes();
    const bool store_holds = deps_.clock.monotonic() < leaser_.holds_until();
    auto view = queue_viewer_.view(pools.has_value() ? *pools : std::vector<PoolLook>{}, store_holds);
    view.held = held;
    view.stalls = stalls();
    done(std::move(view));
}

void Dispatcher::routes(std::function<void(std::vector<RouteView>)> done) {
    boost::asio::post(deps_.strand, [this, done = std::move(done)] {
        std::vector<RouteView> views;
        for (const auto& route : router_.routes())
            views.push_back(route->view(deps_.clock.monotonic(), deps_.clock.now()));
        done(std::move(views));
    });
}

void Dispatcher::pause(std::string name, std::string reason, std::function<void(Result<RouteView>)> done) {
    boost::asio::post(deps_.strand, [this, name = std::move(name), reason = std::move(reason), done = std::move(done)] {
        pauses_.pause(name, reason, done);
    });
}

void Dispatcher::resume(std::string name, std::function<void(Result<RouteView>)> done) {
    boost::asio::post(deps_.strand,
                      [this, name = std::move(name), done = std::move(done)] { pauses_.resume(name, done); });
}

}  // namespace chapar::dispatch
