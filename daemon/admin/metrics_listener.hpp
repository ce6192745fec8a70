#pragma once
// Where a monitoring system scrapes without speaking for an application: GET /metrics on an address of its own, and
// nothing else. It has its own thread, few connections and short patience: a slow or hostile client costs nobody
// anything. All functions may be called from any thread.

#include <memory>
#include <string>

#include "admin/scrape.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"

namespace chapar::admin {

class MetricsListener {
  public:
    MetricsListener(const Clock& clock, metrics::Registry& metrics, const Scrape& scrape,
                    config::MetricsSettings settings);
    ~MetricsListener();
    MetricsListener(const MetricsListener&) = delete;
    MetricsListener& operator=(const MetricsListener&) = delete;

    /// Listens. Errors: the address can't be bound.
    Result<void> start();
    /// Answers nobody any more: `scrape` is not asked from here on.
    void stop();
    Milliseconds lag() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::admin
