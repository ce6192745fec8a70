#include "dispatch/views/queue_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace chapar::dispatch {
namespace {

std::string with_detail(model::Reason reason, const std::string& detail) {
    return detail.empty() ? std::string(model::sentence(reason))
                          : fmt::format("{} ({})", model::sentence(reason), detail);
}

/// The reason why a healthy route takes no more of a class; nullopt: it takes more.
std::optional<WaitReason> why_full(Route& route, const std::string& class_name, config::Priority priority,
                                   Monotonic now) {
    const auto& set = route.settings();
    if (route.bucket().next(now) > now)
        return WaitReason{"rate", fmt::format("Route {} sends at most {:g} a second.", set.name, set.rate), 0, {}};
    if (route.room(priority) <= 0)
        return WaitReason{
            "places",
            fmt::format("All places of route {} are in use ({} attempts under way).", set.name, route.in_flight()),
            0,
            {}};
    const auto* lane = route.fullest_lane(class_name);
    if (lane == nullptr) return std::nullopt;
    return WaitReason{"destination",
                      fmt::format("Route {} has enough under way to {}.", set.name,
                                  lane->destination.empty() ? "its provider" : lane->destination),
                      0,
                      {}};
}

}  // namespace

/// The reason why messages that are due have not gone: their routes know it.
WaitReason QueueViewer::why_due(std::string_view channel, const std::string& class_name, bool store_holds) const {
    if (const auto closed = deps_.standing.standstill(channel, class_name))
        return {std::string(model::name(closed->reason)), with_detail(closed->reason, closed->detail), 0, {}};
    if (store_holds) return {"store", "The store can't write an attempt down, so nothing is sent.", 0, {}};
    const Monotonic now = deps_.clock.monotonic();
    const WaitReason soon{"next", "They go in a moment.", 0, {}};
    std::optional<WaitReason> full;
    for (const auto& route : deps_.router.routes()) {
        if (route->settings().channel != channel || !route->serves(class_name) || !route->is_healthy(now)) continue;
        full = why_full(*route, class_name, deps_.config->priority(class_name), now);
        if (!full) return soon;
    }
    return full.value_or(soon);
}

PoolView QueueViewer::view_of(const PoolLook& look, bool store_holds) const {
    const auto& pool = look.depth.pool;
    const auto* memory = deps_.scheduler.find_pool(pool.class_name, pool.application, pool.campaign);
    PoolView out{pool.class_name,
                 pool.application,
                 pool.campaign,
                 look.depth.waiting,
                 memory == nullptr ? 0 : static_cast<std::int64_t>(memory->in_memory()),
                 look.depth.next_due,
                 {},
                 look.looked_at};
    for (const auto& group : look.groups) {
        auto reason = group.reason ? WaitReason{std::string(model::name(*group.reason)),
                                                with_detail(*group.reason, group.detail), 0, group.due}
                                   : why_due(group.channel, pool.class_name, store_holds);
        reason.messages = group.messages;
        out.reasons.push_back(std::move(reason));
    }
    return out;
}

QueueView QueueViewer::view(const std::vector<PoolLook>& pools, bool store_holds) const {
    QueueView out;
    const Monotonic now = deps_.clock.monotonic();
    for (const auto& route : deps_.router.routes()) {
        auto lanes = route->lanes(now, deps_.clock.now());
        std::move(lanes.begin(), lanes.end(), std::back_inserter(out.lanes));
        out.in_flight += route->in_flight();
        auto state = route->view(now, deps_.clock.now());
        if (state.state != "sending") out.resting.push_back(std::move(state));
    }
    // An outcome that is being written is not over: whoever waits for zero may read what was written.
    out.in_flight += deps_.in_flight.count_unwritten();
    for (const auto& look : pools)
        out.pools.push_back(view_of(look, store_holds));
    return out;
}

}  // namespace chapar::dispatch
