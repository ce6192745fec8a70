#include "dispatch/views/gauges.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace chapar::dispatch {
namespace {

constexpr Milliseconds waiting_interval{1'000};
constexpr std::size_t most_series = 200;
constexpr std::string_view route_states[] = {"sending", "resting", "probing", "paused", "receipts_slow"};

double seconds_of(auto duration) { return std::max(0.0, std::chrono::duration<double>(duration).count()); }

}  // namespace

Gauges::Gauges(Deps deps)
    : deps_(deps),
      in_flight_(deps.metrics.gauge("attempts_in_flight", "Attempts begun and not yet settled.")),
      in_memory_(deps.metrics.gauge("messages_in_memory", "Messages that the queue holds in memory.")),
      bytes_waiting_(deps.metrics.gauge("message_bytes_waiting", "Bytes of requests that wait in memory.")),
      bytes_in_flight_(
          deps.metrics.gauge("message_bytes_in_flight", "Memory that attempts in flight are counted with.")) {}

void Gauges::show_memory() {
    in_flight_.set(static_cast<double>(deps_.in_flight.size()));
    in_memory_.set(static_cast<double>(deps_.scheduler.in_memory()));
    bytes_waiting_.set(static_cast<double>(deps_.scheduler.body_bytes()));
    bytes_in_flight_.set(static_cast<double>(deps_.memory.used()));
    show_routes();
}

void Gauges::show_waiting(const std::vector<store::PoolDepth>& pools) {
    if (deps_.clock.monotonic() < waiting_at_) return;
    waiting_at_ = deps_.clock.monotonic() + waiting_interval;
    const Timestamp now = deps_.clock.now();
    std::map<std::pair<std::string, std::string>, std::int64_t> waiting;
    std::map<std::string, double> oldest;
    for (const auto& [name, unused] : deps_.config->settings.classes)
        oldest[name] = 0;
    for (const auto& depth : pools) {
        waiting[{depth.pool.class_name, depth.pool.application}] += depth.waiting;
        auto& age = oldest[depth.pool.class_name];
        if (depth.next_due && depth.waiting > 0) age = std::max(age, seconds_of(now - *depth.next_due));
    }
    std::vector<std::pair<std::int64_t, std::pair<std::string, std::string>>> most;
    for (const auto& [pool, count] : waiting)
        most.emplace_back(count, pool);
    std::ranges::sort(most, std::greater<>());
    std::map<std::pair<std::string, std::string>, double> shown;
    for (std::size_t i = 0; i < most.size(); ++i) {
        const auto& [count, pool] = most[i];
        shown[i < most_series ? pool : std::pair(pool.first, std::string("(others)"))] += static_cast<double>(count);
    }
    std::vector<std::pair<metrics::Labels, double>> by_pool, by_class;
    for (const auto& [pool, count] : shown)
        by_pool.push_back({{{"class", pool.first}, {"application", pool.second}}, count});
    for (const auto& [name, age] : oldest)
        by_class.push_back({{{"class", name}}, age});
    deps_.metrics.replace("messages_waiting", "Messages that wait, by class and application.", std::move(by_pool));
    deps_.metrics.replace("oldest_due_seconds", "For how long the longest waiting message of a class has been due.",
                          std::move(by_class));
}

void Gauges::show_routes() {
    const Monotonic now = deps_.clock.monotonic();
    std::vector<std::pair<metrics::Labels, double>> state, flying, most, rests;
    for (const auto& route : deps_.router.routes()) {
        const auto& set = route->settings();
        const metrics::Labels name{{"route", set.name}};
        const auto view = route->view(now, deps_.clock.now());
        for (const auto each : route_states) {
            state.push_back({{{"route", set.name}, {"channel", set.channel}, {"state", std::string(each)}},
                             each == view.state ? 1.0 : 0.0});
        }
        flying.push_back({name, static_cast<double>(route->in_flight())});
        most.push_back({name, static_cast<double>(route->max_in_flight())});
        rests.push_back({name, view.next_try ? seconds_of(*view.next_try - deps_.clock.now()) : 0.0});
    }
    deps_.metrics.replace("route_state", "1 for the state that the route is in.", std::move(state));
    deps_.metrics.replace("route_in_flight", "Attempts of the route that have no outcome yet.", std::move(flying));
    deps_.metrics.replace("route_max_in_flight", "The most attempts that the route may have under way.",
                          std::move(most));
    deps_.metrics.replace("route_rests_seconds",
                          "For how much longer the route rests before one message tries its provider.",
                          std::move(rests));
}

}  // namespace chapar::dispatch
