#include "dispatch/views/standing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace chapar::dispatch {

void Standing::publish(const Router& router, const ActiveConfig& config) {
    auto next = std::make_shared<std::vector<OfRoute>>();
    for (const auto& route : router.routes()) {
        const auto& set = route->settings();
        OfRoute one{set.name, set.channel, set.classes, std::nullopt, {}};
        if (!route->lines().empty()) {
            one.classes.clear();
            for (const auto& [name, unused] : config.settings.classes) {
                if (route->serves(name)) one.classes.push_back(name);
            }
            if (one.classes.empty()) continue;
        }
        if (!route->is_healthy(clock_.monotonic())) {
            const auto paused = route->pause_reason();
            one.rests = paused ? model::Reason::route_paused : model::Reason::circuit_open;
            one.why = paused.value_or("its provider keeps failing");
        }
        next->push_back(std::move(one));
    }
    std::atomic_store(&routes_, std::shared_ptr<const std::vector<OfRoute>>(std::move(next)));
}

std::optional<model::TraceEntry> Standing::standstill(std::string_view channel, std::string_view class_name) const {
    const auto routes = std::atomic_load(&routes_);
    if (!routes) return std::nullopt;
    std::optional<model::TraceEntry> first;
    for (const auto& route : *routes) {
        const auto& classes = route.classes;
        const bool serves = classes.empty() || std::find(classes.begin(), classes.end(), class_name) != classes.end();
        if (route.channel != channel || !serves) continue;
        if (!route.rests) return std::nullopt;
        if (!first) first = {clock_.now(), *route.rests, "route " + route.route + ": " + route.why};
    }
    if (first) return first;
    const auto words = "no route carries " + std::string(channel) + " for class " + std::string(class_name);
    return model::TraceEntry{clock_.now(), model::Reason::no_route, words};
}

std::vector<std::string> Standing::channels_down() const {
    const auto routes = std::atomic_load(&routes_);
    if (!routes) return {};
    std::map<std::string, std::string> down;
    for (const auto& route : *routes)
        down[route.channel] += fmt::format("{}{}: {}", down[route.channel].empty() ? "" : "; ", route.route, route.why);
    for (const auto& route : *routes)
        if (!route.rests) down.erase(route.channel);
    down.erase(std::string(model::sandbox_name));  // nobody waits for a test
    std::vector<std::string> out;
    for (const auto& [channel, why] : down)
        out.push_back(fmt::format("no route of {} can send now ({})", channel, why));
    return out;
}

}  // namespace chapar::dispatch
