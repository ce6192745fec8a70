// What waits and why, as the routes and the rows say it now.

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>

#include "dispatch/dispatcher.hpp"
#include "dispatch/waiting.hpp"

namespace chapar::dispatch {
namespace {

std::string with_detail(model::Reason reason, const std::string& detail) {
    return detail.empty() ? std::string(model::sentence(reason))
                          : fmt::format("{} ({})", model::sentence(reason), detail);
}

}  // namespace

/// Of messages that are due: what their routes say.
WaitReason Dispatcher::why_due(std::string_view channel, const std::string& class_name) const {
    if (const auto closed = standstill(channel, class_name))
        return {std::string(model::name(closed->reason)), with_detail(closed->reason, closed->detail), 0, {}};
    const Monotonic now = deps_.clock.monotonic();
    if (now < hold_until_) return {"store", "The store can't write an attempt down, so nothing is sent.", 0, {}};
    const auto priority = class_priority(class_name);
    std::optional<WaitReason> full;
    for (const auto& route : routes_) {
        const auto& set = route->settings();
        if (set.channel != channel || !route->serves(class_name) || !route->is_healthy(now)) continue;
        if (route->bucket().next(now) > now)
            full = {"rate", fmt::format("Route {} sends at most {:g} a second.", set.name, set.rate), 0, {}};
        else if (route->room(priority) <= 0)
            full = {
                "places",
                fmt::format("All places of route {} are in use ({} attempts under way).", set.name, route->in_flight()),
                0,
                {}};
        else if (const auto* lane = route->fullest_lane(class_name))
            full = {"destination",
                    fmt::format("Route {} has enough under way to {}.", set.name,
                                lane->destination.empty() ? "its provider" : lane->destination),
                    0,
                    {}};
        else
            return {"next", "They go in a moment.", 0, {}};
    }
    return full.value_or(WaitReason{"next", "They go in a moment.", 0, {}});
}

PoolView Dispatcher::view_of(const PoolLook& look) {
    const auto& pool = look.depth.pool;
    const auto* memory = scheduler_.find_pool(pool.class_name, pool.application, pool.campaign);
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
                                   : why_due(group.channel, pool.class_name);
        reason.messages = group.messages;
        out.reasons.push_back(std::move(reason));
    }
    return out;
}

void Dispatcher::queue(std::function<void(QueueView)> done) {
    boost::asio::post(deps_.upkeep, [this, done = std::move(done)] {
        auto pools = std::make_shared<Result<std::vector<PoolLook>>>(look_at_pools(deps_.queue, deps_.clock.now()));
        const auto counts = deps_.messages.counts();
        const auto held = counts ? counts->by_state[static_cast<int>(model::State::held)] : 0;
        boost::asio::post(deps_.strand, [this, done, pools, held] {
            QueueView view;
            view.held = held;
            const Monotonic now = deps_.clock.monotonic();
            publish_standing();
            for (const auto& route : routes_) {
                auto lanes = route->lanes(now, deps_.clock.now());
                std::move(lanes.begin(), lanes.end(), std::back_inserter(view.lanes));
                view.in_flight += route->in_flight();
                auto state = route->view(now, deps_.clock.now());
                if (state.state != "sending") view.resting.push_back(std::move(state));
            }
            // An outcome that is being written is not over: whoever waits for zero may read what was written.
            view.in_flight += std::ranges::count_if(flights_, [](const auto& each) { return each.second.landed; });
            view.stalls = stalls();
            if (pools->has_value()) {
                for (const auto& look : **pools)
                    view.pools.push_back(view_of(look));
            }
            done(std::move(view));
        });
    });
}

}  // namespace chapar::dispatch
