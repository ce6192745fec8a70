#include "dispatch/routing/route_pauses.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"

namespace chapar::dispatch {
namespace {

std::string setting_of(const std::string& route) { return "route." + route + ".paused"; }

}  // namespace

RoutePauses::RoutePauses(Deps deps, std::function<void()> on_change) : deps_(deps), on_change_(std::move(on_change)) {}

Result<void> RoutePauses::load() {
    auto saved = deps_.saved.settings();
    if (!saved.has_value()) return std::unexpected(saved.error());
    for (const auto& [name, value] : *saved) {
        for (const auto& route : deps_.router.routes()) {
            if (name == setting_of(route->settings().name)) route->pause(value);
        }
    }
    return {};
}

void RoutePauses::pause(const std::string& route, const std::string& reason, Done done) {
    save(route, reason.empty() ? "paused by an operator" : reason, std::move(done));
}

void RoutePauses::resume(const std::string& route, Done done) { save(route, std::nullopt, std::move(done)); }

void RoutePauses::save(const std::string& name, std::optional<std::string> pause_reason, Done done) {
    const auto route = deps_.router.find(name);
    if (!route) return done(fail(Code::unknown_route, "there is no route named " + name));
    auto answer = [this, route, pause_reason, word = ++last_word_, done = std::move(done)](Result<bool> saved) {
        boost::asio::post(deps_.strand, [this, route, pause_reason, word, done, saved = std::move(saved)] {
            if (!saved.has_value()) return done(std::unexpected(saved.error()));
            apply(*route, pause_reason, word);
            done(route->view(deps_.clock.monotonic(), deps_.clock.now()));
            on_change_();
        });
    };
    deps_.saved.put_setting(setting_of(name), std::move(pause_reason), std::move(answer));
}

void RoutePauses::apply(Route& route, const std::optional<std::string>& pause_reason, std::uint64_t word) {
    const auto& name = route.settings().name;
    auto& applied = applied_[name];
    if (word < applied) return;
    applied = word;
    if (pause_reason) {
        route.pause(*pause_reason);
        log::info("route.paused", "route {} is paused: {}", log::Field("route", name),
                  log::Field("reason", *pause_reason));
    } else {
        route.resume(deps_.clock.monotonic());
        log::info("route.resumed", "route {} may send again", log::Field("route", name));
    }
}

}  // namespace chapar::dispatch
