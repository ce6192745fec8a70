#include "dispatch/views/stall_watch.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds say_again_after{60'000};

}  // namespace

/// Something of `pool` could go by the route now.
bool StallWatch::has_work(Route& route, const store::Pool& pool, bool is_idle) {
    const auto& router = deps_.router;
    const auto& channel = route.settings().channel;
    const auto priority = deps_.config->priority(pool.class_name);
    if (!route.serves(pool.class_name) || (!is_idle && route.room(priority) <= 0)) return false;
    auto* memory = deps_.scheduler.find_pool(pool.class_name, pool.application, pool.campaign);
    // The route has nothing else to do, and yet none of the pool was read from the store.
    if (memory == nullptr || memory->in_memory() == 0) return is_idle && router.is_primary(route, pool.class_name);
    const auto line = std::ranges::find(memory->lines, channel, &queue::PoolState::Line::channel);
    if (line == memory->lines.end() || line->ready.empty()) return false;
    const auto& front = *line->ready.front();
    if (!deps_.memory.fits(route, front, deps_.config->is_urgent(pool.class_name))) return false;
    return router.chooses(channel) ? router.best(front).get() == &route : router.is_primary(route, pool.class_name);
}

StallWatch::Classes StallWatch::startable(Route& route, const std::vector<store::PoolDepth>& due) {
    Classes out;
    const Monotonic now = deps_.clock.monotonic();
    if (deps_.suspects.closes(route)) return out;  // somebody has it for itself
    if (route.pause_is_by_operator() || route.rests_until(now) || route.bucket().next(now) > now) return out;
    const std::int64_t busy = deps_.in_flight.count_open(route);
    const bool is_idle = busy == 0;
    if (!is_idle && (route.is_probing() || route.room(config::Priority::critical) <= 0)) return out;
    // Each attempt that began was handed over or given up. When the route counts more than that, some are lost.
    const bool has_lost = route.in_flight() > busy;
    const bool may_be_its = has_lost || route.has_parked_to_start(now, is_idle);
    for (const auto& depth : due) {
        if (has_work(route, depth.pool, is_idle) || (may_be_its && route.serves(depth.pool.class_name)))
            out[depth.pool.class_name] += depth.waiting;
    }
    return out;
}

void StallWatch::look(const std::vector<store::PoolDepth>& pools, bool store_fails) {
    const Monotonic now = deps_.clock.monotonic();
    std::vector<store::PoolDepth> due;
    std::ranges::copy_if(pools, std::back_inserter(due), [&](const auto& depth) {
        return depth.waiting > 0 && depth.next_due && *depth.next_due <= deps_.clock.now();
    });
    auto stalls = std::make_shared<std::vector<Stall>>();
    for (const auto& route : deps_.router.routes()) {
        auto& progress = route->stall_detector();
        const auto& name = route->settings().name;
        Classes classes;
        // Where something was begun since the last look, nothing is amiss.
        if (!store_fails && !progress.take_moved() && !due.empty()) classes = startable(*route, due);
        const bool was_stalled = progress.is_stalled(now);
        const auto before = progress.since();
        progress.look(!classes.empty(), now);
        const bool is_stalled = progress.is_stalled(now);
        deps_.metrics
            .gauge("route_stalled_seconds",
                   "For how long messages have been due that the route may send, and it began none.", {{"route", name}})
            .set(is_stalled ? std::chrono::duration<double>(now - *progress.since()).count() : 0);
        if (was_stalled && !is_stalled) log::info("route.stall_over", "route {} begins messages again", name);
        if (!is_stalled) continue;
        stalls->push_back(
            {name, deps_.clock.now() - std::chrono::ceil<Milliseconds>(now - *before), describe(*route, classes)});
    }
    say(*stalls);
    std::atomic_store(&stalls_, std::shared_ptr<const std::vector<Stall>>(std::move(stalls)));
}

std::string StallWatch::describe(const Route& route, const Classes& classes) const {
    std::string names;
    for (const auto& [name, count] : classes)
        names += fmt::format("{}{} {}", names.empty() ? "" : ", ", count, name);
    return fmt::format("route {} may send and messages are due ({}), but it begins none; {} in flight",
                       route.settings().name, names, deps_.in_flight.count_open(route));
}

void StallWatch::say(const std::vector<Stall>& stalls) {
    const Monotonic now = deps_.clock.monotonic();
    if (stalls.empty()) said_ = {};
    if (stalls.empty() || (said_ != Monotonic{} && now < said_ + say_again_after)) return;
    said_ = now;
    for (const auto& stall : stalls)
        log::error("route.stalled", "{} for {}", stall.why,
                   std::chrono::floor<std::chrono::seconds>(deps_.clock.now() - stall.since));
}

std::vector<Stall> StallWatch::stalls() const {
    const auto now = std::atomic_load(&stalls_);
    return now ? *now : std::vector<Stall>{};
}

}  // namespace chapar::dispatch
