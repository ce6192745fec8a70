#include "dispatch/dispatcher.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <random>

#include "base/log.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds maintenance_interval{1'000};
constexpr Milliseconds sweep_interval{20'000};  // I5: nothing outlives its expiry by a minute
constexpr Milliseconds longest_sleep{1'000};

std::uint64_t seed_or_random(std::uint64_t seed) {
    if (seed != 0) return seed;
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

Dispatcher::Dispatcher(Deps deps)
    : deps_(deps),
      random_(seed_or_random(deps.seed)),
      timer_(deps.strand),
      latency_(deps.metrics.histogram("message_latency_seconds", "From acceptance to the provider's acceptance.",
                                      {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300, 3600})),
      in_flight_gauge_(deps.metrics.gauge("attempts_in_flight", "Attempts begun and not yet settled.")),
      memory_gauge_(deps.metrics.gauge("messages_in_memory", "Messages that the queue holds in memory.")),
      body_gauge_(deps.metrics.gauge("message_bytes_waiting", "Bytes of requests that wait in memory.")),
      flight_gauge_(deps.metrics.gauge("message_bytes_in_flight", "Memory that attempts in flight are counted with.")) {
}

Dispatcher::~Dispatcher() = default;

Result<void> Dispatcher::start(const config::Settings& settings, std::shared_ptr<const policy::Rules> rules,
                               std::vector<RouteSpec> routes) {
    use(std::make_shared<const config::Settings>(settings), std::move(rules));
    for (auto& spec : routes) {
        const int index = static_cast<int>(routes_.size());
        routes_.push_back(std::make_shared<Route>(index, std::move(spec.settings), std::move(spec.instance)));
    }
    auto saved = deps_.saved.settings();
    if (!saved.has_value()) return std::unexpected(saved.error());
    for (const auto& [name, value] : *saved) {
        for (auto& route : routes_) {
            if (name == "route." + route->settings().name + ".paused") route->pause(value);
        }
    }
    share_memory();
    limit_rests();
    if (auto resolved = resolve_in_doubt(); !resolved.has_value()) return resolved;
    publish_standing();
    // The watchdog counts from here: before the first turn nothing is late.
    last_turn_.store(deps_.clock.monotonic().time_since_epoch().count(), std::memory_order_relaxed);
    look_again();
    wake();
    return {};
}

void Dispatcher::use(std::shared_ptr<const config::Settings> settings, std::shared_ptr<const policy::Rules> rules) {
    settings_ = std::move(settings);
    rules_ = std::move(rules);
    learn_prices();
    scheduler_.configure(*settings_);
}

/// A rest that outlasts half the life of a message would let it expire although the provider is back.
void Dispatcher::limit_rests() {
    for (const auto& route : routes_) {
        Milliseconds longest = queue::Circuit::longest_rest;
        for (const auto& [name, cls] : settings_->classes) {
            if (route->serves(name)) longest = std::min(longest, cls.max_age / 2);
        }
        route->set_longest_rest(longest, deps_.clock.monotonic());
    }
}

void Dispatcher::apply(config::Settings settings, std::shared_ptr<const policy::Rules> rules,
                       std::vector<RouteSpec> specs, Retired retired) {
    auto shared =
        std::make_shared<std::pair<config::Settings, std::vector<RouteSpec>>>(std::move(settings), std::move(specs));
    boost::asio::post(deps_.strand, [this, shared, rules = std::move(rules), retired = std::move(retired)] {
        const bool other_rules = config::policy_differs(*settings_, shared->first);
        use(std::make_shared<const config::Settings>(std::move(shared->first)), rules);
        std::vector<std::shared_ptr<Route>> next;
        std::vector<std::shared_ptr<plugin::Instance>> left;
        for (auto& spec : shared->second) {
            const int index = static_cast<int>(next.size());
            auto known = find_route(spec.settings.name);
            if (!known) {
                next.push_back(std::make_shared<Route>(index, std::move(spec.settings), std::move(spec.instance)));
                continue;
            }
            const bool replaced = known->shared_instance() != spec.instance;
            if (replaced) left.push_back(known->shared_instance());
            known->apply(index, std::move(spec.settings), std::move(spec.instance));
            if (replaced) known->end_rests(deps_.clock.monotonic());
            next.push_back(std::move(known));
        }
        for (auto& item : alone_.take_all())
            scheduler_.put_back(std::move(item));
        for (auto& route : routes_) {
            auto parked = route->unpark_all();
            for (auto it = parked.rbegin(); it != parked.rend(); ++it)
                scheduler_.put_back(std::move(*it));
            if (std::find(next.begin(), next.end(), route) != next.end()) continue;
            route->leave();
            left.push_back(route->shared_instance());
        }
        routes_ = std::move(next);
        share_memory();
        limit_rests();
        retire(std::move(left), retired);
        publish_standing();
        if (other_rules) reconsider();
        wake();
    });
}

/// At once where nothing is in flight; the others when their last message has landed.
void Dispatcher::retire(std::vector<std::shared_ptr<plugin::Instance>> left, const Retired& retired) {
    std::vector<std::shared_ptr<plugin::Instance>> free;
    for (auto& instance : left) {
        const auto is_its = [&](const auto& entry) {
            return entry.second.instance == instance && !entry.second.landed;
        };
        const auto count = static_cast<std::size_t>(std::ranges::count_if(flights_, is_its));
        if (count == 0)
            free.push_back(std::move(instance));
        else
            leaving_.push_back({std::move(instance), count, retired});
    }
    if (!free.empty()) retired(std::move(free));
}

void Dispatcher::let_go(const Flight& flight) {
    const auto place = std::ranges::find(leaving_, flight.instance, &Leaving::instance);
    if (place == leaving_.end() || --place->in_flight != 0) return;
    Leaving gone = std::move(*place);
    leaving_.erase(place);
    gone.retired({std::move(gone.instance)});
}

void Dispatcher::stop(Milliseconds limit, std::function<void(std::int64_t)> idle) {
    ending_ = true;
    boost::asio::post(deps_.strand, [this, limit, idle = std::move(idle)] {
        stopping_ = true;
        idle_ = idle;
        timer_.expires_after(limit);
        timer_.async_wait([this](boost::system::error_code error) {
            if (error || !idle_) return;
            auto done = std::exchange(idle_, nullptr);
            done(static_cast<std::int64_t>(flights_.size()));
        });
        check_idle();
    });
}

void Dispatcher::check_idle() {
    if (!stopping_ || !idle_ || !flights_.empty() || unsettled_ != 0 || unleased_ != 0) return;
    timer_.cancel();
    auto done = std::exchange(idle_, nullptr);
    done(0);
}

void Dispatcher::wake() {
    if (woken_) return;
    woken_ = true;
    boost::asio::post(deps_.strand, [this] { turn(); });
}

void Dispatcher::turn() {
    woken_ = false;
    last_turn_.store(deps_.clock.monotonic().time_since_epoch().count(), std::memory_order_relaxed);
    if (stopping_) {
        check_idle();
        return;
    }
    const auto next_due = scheduler_.promote(deps_.clock.now());
    if (deps_.clock.monotonic() >= maintain_at_) maintain();
    pump();
    refill();
    arm(next_due);
}

void Dispatcher::arm(std::optional<Timestamp> next_due) {
    const Monotonic now = deps_.clock.monotonic();
    Monotonic at = now + longest_sleep;
    if (next_due) at = std::min(at, now + std::max(*next_due - deps_.clock.now(), Milliseconds{0}));
    if (hold_until_ > now) at = std::min(at, hold_until_);
    if (const auto look = alone_.look_at(now)) at = std::min(at, *look);
    for (const auto& route : routes_) {
        const Monotonic token = route->bucket().next(now);
        if (token > now) at = std::min(at, token);
        if (const auto rest = route->rests_until(now)) at = std::min(at, *rest);
    }
    if (armed_for_ > now && armed_for_ <= at) return;
    armed_for_ = at;
    timer_.expires_after(at - now);
    timer_.async_wait([this](boost::system::error_code error) {
        if (error) return;
        armed_for_ = {};
        wake();
    });
}

void Dispatcher::maintain() {
    const Monotonic now = deps_.clock.monotonic();
    maintain_at_ = now + maintenance_interval;
    for (auto& item : scheduler_.take_expired(deps_.clock.now()))
        expire(std::move(item));
    for (auto& route : routes_)
        route->forget_idle_lanes(now);
    in_flight_gauge_.set(static_cast<double>(flights_.size()));
    memory_gauge_.set(static_cast<double>(scheduler_.in_memory()));
    body_gauge_.set(static_cast<double>(scheduler_.body_bytes()));
    flight_gauge_.set(static_cast<double>(in_all_->used() + unforeseen_));
    scheduler_.forget_idle_pools(deps_.clock.now());
    if (now >= look_at_) look_again();
    look_at_receipts();
    publish_standing();
    publish_routes();
    sweep_follow_ups();
    if (now < sweep_at_) return;
    sweep_at_ = now + sweep_interval;
    sweep_overdue();
}

config::ClassSettings Dispatcher::class_settings(const std::string& name) const {
    const auto found = settings_->classes.find(name);
    if (found != settings_->classes.end()) return found->second;
    config::ClassSettings defaults;
    defaults.name = name;
    return defaults;
}

}  // namespace chapar::dispatch
