#include "dispatch/routing/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/prices.hpp"

namespace chapar::dispatch {
namespace {

std::string shown_cost(const config::Settings& settings, Money cost) {
    return show_money(cost) + ' ' + settings.policy.currency;
}

}  // namespace

Router::Replaced Router::replace(std::vector<RouteSpec> specs) {
    Routes next;
    Replaced out;
    for (auto& spec : specs) {
        const int index = static_cast<int>(next.size());
        auto known = find(spec.settings.name);
        if (!known) {
            next.push_back(std::make_shared<Route>(index, std::move(spec.settings), std::move(spec.instance)));
            continue;
        }
        const bool is_replaced = known->shared_instance() != spec.instance;
        if (is_replaced) out.instances.push_back(known->shared_instance());
        known->apply(index, std::move(spec.settings), std::move(spec.instance));
        if (is_replaced) known->end_rests(clock_.monotonic());
        next.push_back(std::move(known));
    }
    for (auto& route : routes_) {
        auto parked = route->unpark_all();
        std::move(parked.begin(), parked.end(), std::back_inserter(out.parked));
        if (std::find(next.begin(), next.end(), route) != next.end()) continue;
        route->leave();
        out.instances.push_back(route->shared_instance());
    }
    routes_ = std::move(next);
    return out;
}

void Router::limit_rests() {
    for (const auto& route : routes_) {
        Milliseconds longest = queue::Circuit::longest_rest;
        for (const auto& [name, cls] : config_->settings.classes) {
            if (route->serves(name)) longest = std::min(longest, cls.max_age / 2);
        }
        route->set_longest_rest(longest, clock_.monotonic());
    }
}

std::shared_ptr<Route> Router::find(std::string_view name) const {
    for (const auto& route : routes_) {
        if (route->settings().name == name) return route;
    }
    return nullptr;
}

bool Router::has_choice(const std::string& channel) const {
    return std::ranges::count_if(routes_, [&](const auto& each) { return each->settings().channel == channel; }) > 1;
}

bool Router::is_primary(const Route& route, const std::string& class_name) const {
    const Monotonic now = clock_.monotonic();
    for (const bool also_slow : {false, true}) {
        for (const auto& candidate : routes_) {
            if (candidate->settings().channel != route.settings().channel || !candidate->serves(class_name)) continue;
            if (candidate->is_slow() && !also_slow) continue;
            if (candidate.get() == &route) return true;
            if (candidate->is_healthy(now)) return false;  // an earlier route of the channel is well
        }
    }
    return false;
}

std::shared_ptr<Route> Router::best(const queue::Item& item, const Route* except) const {
    const Monotonic now = clock_.monotonic();
    const auto& step = item.step();
    const auto* channel = config::find_channel(config_->settings, step.channel);
    const bool by_price = channel != nullptr && channel->by_price;
    const auto sender = sender_of(item);
    std::shared_ptr<Route> best;
    std::pair<bool, Money> least;  // one whose receipts come goes before all whose receipts do not
    for (const auto& candidate : routes_) {
        const auto& settings = candidate->settings();
        if (candidate.get() == except || settings.channel != model::queued_for(step)) continue;
        if (!candidate->is_healthy(now)) continue;
        if (!config::serves(settings, item.queued.message.class_name, step.address, sender)) continue;
        const auto cost = by_price ? config::unit_cost(config_->settings, settings, step.address) : Money{};
        const std::pair rank(candidate->is_slow(), cost);
        if (best && rank >= least) continue;
        best = candidate;
        least = rank;
    }
    return best;
}

std::string Router::sender_of(const queue::Item& item) const {
    const auto step = static_cast<std::size_t>(item.queued.progress.step);
    return step < item.senders.size() && config_->lined.contains(item.step().channel) ? item.senders[step]
                                                                                      : std::string();
}

bool Router::lacks_senders(const queue::Item& item) const {
    return item.senders.empty() && config_->lined.contains(item.step().channel);
}

std::string Router::why(const Route& route, const queue::Item& item) const {
    const Monotonic now = clock_.monotonic();
    const auto& settings = config_->settings;
    const auto& step = item.step();
    const auto* channel = config::find_channel(settings, step.channel);
    const bool by_price = channel != nullptr && channel->by_price;
    const auto cost = [&](const Route& of) {
        return shown_cost(settings, config::unit_cost(settings, of.settings(), step.address));
    };
    const auto sender = sender_of(item);
    auto out = by_price ? fmt::format("{}, the cheapest at {}", route.settings().name, cost(route))
                        : fmt::format("{}, the first that takes it", route.settings().name);
    for (const auto& other : routes_) {
        const auto& its = other->settings();
        if (other.get() == &route || its.channel != model::queued_for(step)) continue;
        out += "; " + its.name;
        if (!config::serves(its, item.queued.message.class_name, step.address, sender))
            out += " does not take it";
        else if (!other->is_healthy(now))
            out += other->pause_reason() ? " is paused" : " rests, its provider fails";
        else if (other->is_slow())
            out += " has too few receipts";
        else
            out += by_price ? " at " + cost(*other) : " stands behind";
    }
    return out;
}

}  // namespace chapar::dispatch
