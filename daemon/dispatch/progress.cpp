// The dead man's switch: work is due, a route may send it, and nothing is begun. Whatever the cause, it is said.

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds say_again_after{60'000};

}  // namespace

/// The attempts of a route that are really under way, counted without what the route itself counts.
std::int64_t Dispatcher::under_way(const Route& route) const {
    return std::ranges::count_if(
        flights_, [&](const auto& entry) { return entry.second.route.get() == &route && !entry.second.landed; });
}

/// Something of `pool` could go by the route now.
bool Dispatcher::has_work(Route& route, const store::Pool& pool, bool is_idle) {
    const auto priority = class_priority(pool.class_name);
    if (!route.serves(pool.class_name) || (!is_idle && route.room(priority) <= 0)) return false;
    auto* memory = scheduler_.find_pool(pool.class_name, pool.application, pool.campaign);
    // Nothing of it was read from the store, although the route has nothing else to do.
    if (memory == nullptr || memory->in_memory() == 0) return is_idle && is_primary(route, pool.class_name);
    const auto line = std::ranges::find(memory->lines, route.settings().channel, &queue::PoolState::Line::channel);
    if (line == memory->lines.end() || line->ready.empty() || !has_memory(route, *line->ready.front())) return false;
    if (chooses(route.settings().channel)) return best_route(*line->ready.front()).get() == &route;
    return is_primary(route, pool.class_name);
}

std::map<std::string, std::int64_t> Dispatcher::startable(Route& route, const std::vector<store::PoolDepth>& due) {
    std::map<std::string, std::int64_t> out;
    const Monotonic now = deps_.clock.monotonic();
    if (alone_.closes(route)) return out;  // somebody has it for itself
    if (route.pause_is_by_operator() || route.rests_until(now) || route.bucket().next(now) > now) return out;
    const std::int64_t busy = under_way(route);
    const bool is_idle = busy == 0;
    if (!is_idle && (route.is_probing() || route.room(config::Priority::critical) <= 0)) return out;
    // What was begun was either handed over or given up; more begun than that is forgotten somewhere.
    const bool has_lost = route.in_flight() > busy;
    const bool has_parked = route.has_parked_to_start(now, is_idle);
    for (const auto& depth : due) {
        const bool may_be_its = has_lost || has_parked;
        if (has_work(route, depth.pool, is_idle) || (may_be_its && route.serves(depth.pool.class_name)))
            out[depth.pool.class_name] += depth.waiting;
    }
    return out;
}

void Dispatcher::watch_progress(const std::vector<store::PoolDepth>& pools) {
    const Monotonic now = deps_.clock.monotonic();
    std::vector<store::PoolDepth> due;
    std::ranges::copy_if(pools, std::back_inserter(due), [&](const auto& depth) {
        return depth.waiting > 0 && depth.next_due && *depth.next_due <= deps_.clock.now();
    });
    auto stalls = std::make_shared<std::vector<Stall>>();
    for (const auto& route : routes_) {
        auto& progress = route->progress();
        std::map<std::string, std::int64_t> classes;
        // A failing store says so itself, each time; and where something was begun since the last look, nothing is
        // amiss.
        if (!lease_fails_ && !progress.take_moved() && !due.empty()) classes = startable(*route, due);
        const bool was_stalled = progress.is_stalled(now);
        const auto before = progress.since();
        progress.look(!classes.empty(), now);
        deps_.metrics
            .gauge("route_stalled_seconds",
                   "For how long messages have been due that the route may send, and it began none.",
                   {{"route", route->settings().name}})
            .set(progress.is_stalled(now) ? std::chrono::duration<double>(now - *progress.since()).count() : 0);
        if (was_stalled && !progress.is_stalled(now))
            log::info("route.stall_over", "route {} begins messages again", route->settings().name);
        if (!progress.is_stalled(now)) continue;
        stalls->push_back({route->settings().name, deps_.clock.now() - std::chrono::ceil<Milliseconds>(now - *before),
                           describe(*route, classes)});
    }
    say_stalls(*stalls);
    std::atomic_store(&stalls_, std::shared_ptr<const std::vector<Stall>>(std::move(stalls)));
}

std::string Dispatcher::describe(const Route& route, const std::map<std::string, std::int64_t>& classes) const {
    std::string names;
    for (const auto& [name, count] : classes)
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", count, name);
    return fmt::format("route {} may send and messages are due ({}), but it begins none; {} in flight",
                       route.settings().name, names, under_way(route));
}

void Dispatcher::say_stalls(const std::vector<Stall>& stalls) {
    const Monotonic now = deps_.clock.monotonic();
    if (stalls.empty()) stall_said_ = {};
    if (stalls.empty() || (stall_said_ != Monotonic{} && now < stall_said_ + say_again_after)) return;
    stall_said_ = now;
    for (const auto& stall : stalls)
        log::error("route.stalled", "{} for {}", stall.why,
                   std::chrono::floor<std::chrono::seconds>(deps_.clock.now() - stall.since));
}

std::vector<Stall> Dispatcher::stalls() const {
    const auto now = std::atomic_load(&stalls_);
    return now ? *now : std::vector<Stall>{};
}

std::vector<std::string> Dispatcher::channels_down() const {
    const auto standing = std::atomic_load(&standing_);
    std::map<std::string, std::string> down;
    if (!standing) return {};
    for (const auto& route : *standing)
        down[route.channel] += fmt::format("{}{}: {}", down[route.channel].empty() ? "" : "; ", route.route, route.why);
    for (const auto& route : *standing)
        if (!route.rests) down.erase(route.channel);
    down.erase(std::string(model::sandbox_name));  // nobody waits for a test
    std::vector<std::string> out;
    for (const auto& [channel, why] : down)
        out.push_back(fmt::format("no route of {} can send now ({})", channel, why));
    return out;
}

}  // namespace chapar::dispatch
