#pragma once
// Where people's browsers and mail providers come: links, pictures, short links, pages. Strangers may reach it: all is
// bounded, and whatever is not here gets one page. TLS ends in a proxy before it (docs/proxy.md).
//
// Threads: the server's own; `serve` before `start`, everything else from any thread.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "config/web_settings.hpp"
#include "engage/networks.hpp"
#include "web/handler.hpp"
#include "web/hit_queue.hpp"
#include "web/keys.hpp"
#include "web/short_links.hpp"

namespace chapar::web {

/// What links need. Borrows the clock, the metrics and the queue.
struct ListenerParts {
    const Clock& clock;
    metrics::Registry& metrics;
    HitQueue& queue;
    SiteKeys keys;
    engage::Networks networks{};
    std::function<Milliseconds()> keep_links{};  // as the settings are now; absent: as they were at the start
    FindShort find_short{};                      // absent: there are no short links
};

class Listener {
  public:
    Listener(ListenerParts parts, const config::WebSettings& settings);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Requests whose path begins with `prefix` ("/u/") go to `pages`, which lives until the listener is gone.
    void serve(std::string prefix, std::shared_ptr<PageHandler> pages);
    /// Listens. Errors: the address can't be bound.
    Result<void> start();
    /// Where it listens: "127.0.0.1:8082".
    std::string address() const;
    void stop_accepting();
    bool drain(Milliseconds limit);
    Milliseconds lag() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::web
