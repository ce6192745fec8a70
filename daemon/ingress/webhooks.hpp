#pragma once
// Where providers reach us: requests below PATH/ROUTE go to the instance of that route, its reply goes back when what
// it emitted is durable. Knows nothing of what they say. Strangers may reach it: everything is bounded, and a path that
// belongs to no route costs a constant answer.
//
// Threads: the server's own thread; all functions may be called from any thread.

#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "plugin/instance.hpp"

namespace chapar::ingress {

class Webhooks {
  public:
    using Routes = std::map<std::string, std::shared_ptr<plugin::Instance>, std::less<>>;

    Webhooks(const Clock& clock, metrics::Registry& metrics, const config::InboundSettings& settings);
    ~Webhooks();
    Webhooks(const Webhooks&) = delete;
    Webhooks& operator=(const Webhooks&) = delete;

    /// Listens. Errors: the address can't be bound.
    Result<void> start();
    /// From now on requests go to these.
    void set_routes(Routes routes);
    void stop_accepting();
    bool drain(Milliseconds limit);
    Milliseconds lag() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::ingress
