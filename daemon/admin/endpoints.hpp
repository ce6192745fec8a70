#pragma once
// What the operator and the monitoring ask: health, readiness, metrics, queue, routes, templates, preview.
// `endpoints` borrows everything in Deps, which must outlive the server that serves the list.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "admin/scrape.hpp"
#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "dispatch/control.hpp"
#include "net/http_endpoint.hpp"
#include "render/catalogue.hpp"
#include "store/messages.hpp"
#include "store/policy_reads.hpp"
#include "webhook/deliveries.hpp"

namespace chapar::admin {

struct HealthCheck {
    std::string name;  // "store", "queue", "socket", "sending", "routes"
    bool ok = true;
    std::string detail;     // a sentence for a person, empty when ok
    bool is_needed = true;  // without it the daemon is not ready; otherwise it is degraded
};

/// Alive is whether it answers at all; ready is whether it should be given work.
struct Health {
    bool ready = false;
    std::vector<HealthCheck> checks;
};

struct Deps {
    const Clock& clock;
    store::Messages& messages;
    store::PolicyReads& policy_reads;
    dispatch::Control& control;
    render::Catalogue& catalogue;
    const Scrape& scrape;
    std::function<std::shared_ptr<const config::Settings>()> settings;
    /// Cached values only: called on the server's loop.
    std::function<Health()> health;
    std::string version;
    std::string config_file = {};  // what a reload would read
    /// Runs work where the deliveries are; not set: there are none.
    std::function<void(std::function<void(webhook::Deliveries&)>)> webhooks = {};
};

std::vector<net::Endpoint> endpoints(const Deps& deps);

}  // namespace chapar::admin
