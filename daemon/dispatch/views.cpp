// What others may see and ask: queue, routes, pause and resume.

#include <algorithm>
#include <boost/asio/post.hpp>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {

std::shared_ptr<Route> Dispatcher::find_route(std::string_view name) const {
    for (const auto& route : routes_) {
        if (route->settings().name == name) return route;
    }
    return nullptr;
}

config::Priority Dispatcher::priority_in(const config::Settings& settings, const std::string& class_name) {
    const auto found = settings.classes.find(class_name);
    return found == settings.classes.end() ? config::Priority::normal : found->second.priority;
}

std::int64_t Dispatcher::waiting(std::string_view application) const { return deps_.queue.waiting(application); }

void Dispatcher::publish_standing() {
    auto next = std::make_shared<std::vector<Standing>>();
    for (const auto& route : routes_) {
        const auto& set = route->settings();
        Standing one{set.name, set.channel, set.classes, std::nullopt, {}};
        if (!route->lines().empty()) {
            one.classes.clear();
            for (const auto& [name, unused] : settings_->classes) {
                if (route->serves(name)) one.classes.push_back(name);
            }
            if (one.classes.empty()) continue;
        }
        if (route->is_healthy(deps_.clock.monotonic())) {
            next->push_back(std::move(one));
            continue;
        }
        if (const auto paused = route->pause_reason()) {
            one.rests = model::Reason::route_paused;
            one.why = *paused;
        } else {
            one.rests = model::Reason::circuit_open;
            one.why = "its provider keeps failing";
        }
        next->push_back(std::move(one));
    }
    std::atomic_store(&standing_, std::shared_ptr<const std::vector<Standing>>(std::move(next)));
}

std::optional<model::TraceEntry> Dispatcher::standstill(std::string_view channel, std::string_view class_name) const {
    const auto standing = std::atomic_load(&standing_);
    if (!standing) return std::nullopt;
    std::optional<model::TraceEntry> first;
    for (const auto& route : *standing) {
        const auto& classes = route.classes;
        const bool serves = classes.empty() || std::find(classes.begin(), classes.end(), class_name) != classes.end();
        if (route.channel != channel || !serves) continue;
        if (!route.rests) return std::nullopt;
        if (!first) first = {deps_.clock.now(), *route.rests, "route " + route.route + ": " + route.why};
    }
    if (first) return first;
    const auto words = "no route carries " + std::string(channel) + " for class " + std::string(class_name);
    return model::TraceEntry{deps_.clock.now(), model::Reason::no_route, words};
}

void Dispatcher::routes(std::function<void(std::vector<RouteView>)> done) {
    boost::asio::post(deps_.strand, [this, done = std::move(done)] {
        std::vector<RouteView> views;
        for (const auto& route : routes_)
            views.push_back(route->view(deps_.clock.monotonic(), deps_.clock.now()));
        done(std::move(views));
    });
}

void Dispatcher::pause(std::string name, std::string reason, std::function<void(Result<RouteView>)> done) {
    boost::asio::post(deps_.strand, [this, name = std::move(name), reason = std::move(reason), done = std::move(done)] {
        const auto route = find_route(name);
        if (!route) return done(fail(Code::unknown_route, "there is no route named " + name));
        const std::string why = reason.empty() ? "paused by an operator" : reason;
        auto answer = [this, route, why, done](Result<bool> saved) {
            boost::asio::post(deps_.strand, [this, route, why, done, saved = std::move(saved)] {
                if (!saved.has_value()) return done(std::unexpected(saved.error()));
                route->pause(why);
                publish_standing();
                log::info("route.paused", "route {} is paused: {}", log::Field("route", route->settings().name),
                          log::Field("reason", why));
                done(route->view(deps_.clock.monotonic(), deps_.clock.now()));
                wake();
            });
        };
        deps_.saved.put_setting("route." + name + ".paused", why, std::move(answer));
    });
}

void Dispatcher::resume(std::string name, std::function<void(Result<RouteView>)> done) {
    boost::asio::post(deps_.strand, [this, name = std::move(name), done = std::move(done)] {
        const auto route = find_route(name);
        if (!route) return done(fail(Code::unknown_route, "there is no route named " + name));
        auto answer = [this, route, done](Result<bool> saved) {
            boost::asio::post(deps_.strand, [this, route, done, saved = std::move(saved)] {
                if (!saved.has_value()) return done(std::unexpected(saved.error()));
                route->resume(deps_.clock.monotonic());
                publish_standing();
                log::info("route.resumed", "route {} may send again", log::Field("route", route->settings().name));
                done(route->view(deps_.clock.monotonic(), deps_.clock.now()));
                wake();
            });
        };
        deps_.saved.put_setting("route." + name + ".paused", std::nullopt, std::move(answer));
    });
}

}  // namespace chapar::dispatch
