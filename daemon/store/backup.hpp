#pragma once
// Backups of the embedded store, and what it takes to put one back without sending twice: the journal of what left.

#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "store/open_sqlite.hpp"

namespace chapar::store {

struct JournalOptions {
    Milliseconds keep{
        std::chrono::hours(24 * 14)};  // a backup older than this holds all that waits when it is restored
};

/// As the other `open_sqlite`, and with a journal of what left beside the database. A database that is older than its
/// journal is a backup that was put back: what left since is settled as the journal knows it, or held in doubt. Where
/// the journal does not reach back to the backup, all that waits is held. See docs/backup.md.
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, const Clock& clock,
                                           const JournalOptions& journal);

/// Copies the database `from`, whether it is in use or not, to the new file `to` (mode 0600), which is whole and on
/// disk at the end. The writer of the database is never waited for nor held up. `progress` is told pages; false ends
/// it.
Result<void> back_up(const std::string& from, const std::string& to,
                     const std::function<bool(std::int64_t done, std::int64_t all)>& progress);

struct Inspection {
    std::string store_id;
    std::int64_t mark = 0;
    int schema = 0;
    std::int64_t waiting = 0;   // and in flight
    std::int64_t known = 0;     // of those: the journal knows that they are over
    std::int64_t in_doubt = 0;  // of those: they may have left since
    bool is_covered = false;    // the journal reaches back to it; otherwise all that waits will be held
};
/// Reads a backup whole and says what putting it back as `database` means. Errors: what is wrong with the file.
Result<Inspection> inspect(const std::string& file, const std::string& database);

/// Puts a copy of `file` in the place of `database`, which no process may have open, and keeps the replaced one under
/// the name that is answered (empty: there was none).
Result<std::string> put_back(const std::string& file, const std::string& database, Timestamp now);

}  // namespace chapar::store
