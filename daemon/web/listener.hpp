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
#include "web/handler.hpp"

namespace chapar::web {

class Listener {
  public:
    Listener(const Clock& clock, metrics::Registry& metrics, const config::WebSettings& settings);
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
