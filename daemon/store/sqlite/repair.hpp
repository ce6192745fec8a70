#pragma once
// Rows of states that can't be believed, and places in `live` that are wrong: how they are found, and what is known for
// their repair. The look has a connection of its own: SQLite lets no transaction write that has met a malformed row,
// so the writer must not meet one.

#include <chrono>
#include <functional>
#include <map>
#include <vector>

#include "store/rules/unit.hpp"
#include "store/sqlite/live.hpp"

namespace chapar::store::sqlite {

/// What is wrong about one message, and what is known for its repair.
struct Rescue {
    MessageKey key;
    bool replaces = false;                         // the row of its state is damaged
    bool lists = false;                            // the row is sound, but stands not where it belongs in `live`
    std::optional<model::Message> message;         // when that is sound
    PoolId pool;                                   // as it stands, or zero
    std::int64_t expires = 0;                      // the same
    std::vector<QueuePlace> wrong;                 // places in `live` that are not the row's
    std::chrono::steady_clock::time_point seen{};  // before the look
};

/// Leaves out of `rescues` the rows that `connection` reads whole: a disk that fails for a moment looks like damage,
/// and a row that is replaced is gone. The connection is a new one, so that the file is asked and not its cache.
void leave_out_whole(Connection& connection, std::vector<Rescue>& rescues);

/// Looks at single messages.
class Look {
  public:
    explicit Look(Connection& connection);

    /// Nothing: all is well. `at`: where `live` has it, when that is what made it suspicious.
    std::optional<Rescue> at(MessageKey key, std::optional<QueuePlace> at = std::nullopt);

  private:
    Rescue rescue(MessageKey key);

    Connection& connection_;
    Statement progress_, message_, fixed_, listed_;
};

/// What is counted against the counts in the store, within one snapshot. The differences are true whenever they are
/// added: the counts move only by what is committed.
struct CountErrors {
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> by;  // (pool, state); finished states: pool 0
    bool leaves_out = false;                                           // rows that could not be read
};
Result<CountErrors> count_errors(Connection& connection, const std::function<bool()>& stopped);

/// In a write: sets right what a look over another connection found wrong; what is right meanwhile is left alone.
void repair(rules::Unit& unit, const std::vector<Rescue>& rescues);
void correct(rules::Unit& unit, const CountErrors& errors);

}  // namespace chapar::store::sqlite
