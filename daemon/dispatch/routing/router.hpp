#pragma once
// Which route a message takes. Owns the routes in use.
//
// Threads: the dispatch strand only.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "dispatch/active_config.hpp"
#include "dispatch/routing/route.hpp"

namespace chapar::dispatch {

/// A route as the composition root hands it over: created and started, not yet in use.
struct RouteSpec {
    config::RouteSettings settings;
    std::shared_ptr<plugin::Instance> instance;
};

class Router {
  public:
    using Routes = std::vector<std::shared_ptr<Route>>;

    Router(const Clock& clock, const ConfigInUse& config) : clock_(clock), config_(config) {}

    /// The routes of before have left these behind.
    struct Replaced {
        std::vector<std::shared_ptr<plugin::Instance>> instances;  // that no route uses any more
        std::vector<queue::ItemPtr> parked;                        // each lane's in order, to be queued again
    };
    /// The routes from now on, in this order. One that was known keeps what it learnt; a new instance ends its rests.
    Replaced replace(std::vector<RouteSpec> specs);
    /// A rest that outlasts half the life of a message would let it expire although the provider is back.
    void limit_rests();

    const Routes& routes() const { return routes_; }
    std::shared_ptr<Route> find(std::string_view name) const;

    /// Routes of this channel are chosen by number, price or sender, so each message for itself.
    bool chooses(const std::string& channel) const { return config_->choosing.contains(channel); }
    /// More than one route carries the channel.
    bool has_choice(const std::string& channel) const;
    /// No earlier route of its channel would rather send this class now.
    bool is_primary(const Route& route, const std::string& class_name) const;
    /// The healthy route that goes first for the message's step; `except` is left out. nullptr: there is none.
    std::shared_ptr<Route> best(const queue::Item& item, const Route* except = nullptr) const;
    /// Why the message takes this route, and not another of its channel.
    std::string why(const Route& route, const queue::Item& item) const;
    /// As whom it wants to be sent, where lines ask for it; note_senders has read it.
    std::string sender_of(const queue::Item& item) const;
    bool lacks_senders(const queue::Item& item) const;

  private:
    const Clock& clock_;
    const ConfigInUse& config_;
    Routes routes_;
};

}  // namespace chapar::dispatch
