#pragma once
// What a scrape of /metrics answers: the registry, and what is looked up when it is asked for. Nothing here waits for
// another loop, so that it answers while one of them stands still. Callable from any thread.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "store/store.hpp"

namespace chapar::admin {

class Scrape {
  public:
    /// How late each loop of the daemon is, by its name. Cached values only.
    using Lags = std::function<std::vector<std::pair<std::string, Milliseconds>>()>;

    /// Borrows all of them. `database` is the store's file.
    Scrape(store::Store& store, metrics::Registry& metrics, std::string database, std::string version, Lags lags)
        : store_(store),
          metrics_(metrics),
          database_(std::move(database)),
          version_(std::move(version)),
          lags_(std::move(lags)) {}

    /// In the Prometheus text format 0.0.4.
    std::string text() const;

  private:
    store::Store& store_;
    metrics::Registry& metrics_;
    const std::string database_, version_;
    const Lags lags_;
};

/// process_*: memory, processor time, descriptors, threads and start of this process, as Prometheus names them.
std::string process_metrics();

}  // namespace chapar::admin
