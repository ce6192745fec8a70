#pragma once
// An operator's pauses of routes. They outlive a restart: the store keeps them.
//
// Threads: the dispatch strand only.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "dispatch/control.hpp"
#include "dispatch/routing/router.hpp"
#include "store/settings.hpp"

namespace boost::asio {
class io_context;
}

namespace chapar::dispatch {

class RoutePauses {
  public:
    struct Deps {
        const Clock& clock;
        store::StoredSettings& saved;
        boost::asio::io_context& strand;
        Router& router;
    };
    using Done = std::function<void(Result<RouteView>)>;

    /// `on_change` runs on the strand when a route was paused or resumed.
    RoutePauses(Deps deps, std::function<void()> on_change);

    /// Pauses the routes that were paused before the start. Blocks on the store.
    Result<void> load();
    void pause(const std::string& route, const std::string& reason, Done done);
    void resume(const std::string& route, Done done);

  private:
    /// `pause_reason`: what it says from now on; nothing: it may send.
    void save(const std::string& route, std::optional<std::string> pause_reason, Done done);
    /// The store may answer an earlier word after a later one: then the later one stands.
    void apply(Route& route, const std::optional<std::string>& pause_reason, std::uint64_t word);

    const Deps deps_;
    const std::function<void()> on_change_;
    std::uint64_t last_word_ = 0;
    std::map<std::string, std::uint64_t> applied_;  // by route, the latest of its words
};

}  // namespace chapar::dispatch
