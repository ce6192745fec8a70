#pragma once
// The embedded store: one SQLite database beside the daemon.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace chapar::store {

struct SqliteOptions {
    std::string path;
    std::string country = {};  // ISO 3166, of numbers that an earlier version kept as they were written
    std::string zone = {};     // as Statistics::use_zone; empty: UTC
    int reader_connections = 2;
    int max_batch = 4096;                  // writes in one commit
    int search_run = 16384;                // messages in one run of the search index
    std::int64_t checkpoint_pages = 2048;  // WAL pages before a checkpoint, when the last one is two seconds ago
    std::int64_t most_wal_pages = 10240;   // WAL pages before a checkpoint
    /// FULL in production. OFF exists for the power-loss suite's negative control and is not reachable from the
    /// configuration.
    bool unsafe_no_sync = false;
    /// Told of such moves after their commit, on the writer's thread: it must not block. Nothing: nobody wants to know.
    std::function<void(std::vector<Moved>)> moved = {};
    std::function<void()> fed = {};  // as Reports::when_fed, for good
};
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, const Clock& clock);

}  // namespace chapar::store
