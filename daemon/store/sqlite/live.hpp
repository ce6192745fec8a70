#pragma once
// The table `live`: one narrow row for each message that waits, is being sent, is held or awaits a follow-up, in the
// order in which they are asked for. Before all of them stand the counts of all pools, so that a start reads them in
// one go, and a change of state writes the same page as long as the queue is short. It is a table of our own and no
// index of `progress`: a damaged row of `progress` can be replaced by itself. Writer's thread only.

#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "store/sqlite/rows.hpp"
#include "store/sqlite/stage.hpp"

namespace chapar::store::sqlite {

/// Where a message stands in `live`: its pool's part, then by `due`.
struct Place {
    std::int64_t pool = 0, due = 0;
    bool operator==(const Place&) const = default;
};
/// Places that are no times.
inline constexpr std::int64_t sending_due = -1;
inline constexpr std::int64_t held_due = std::numeric_limits<std::int64_t>::max();
/// Pools that are none: sent messages by the time of their follow-up, and the counts. These have the pool that they
/// count in the column `due`, the state in `key` and the number in `expires`.
inline constexpr std::int64_t following_pool = -1;
inline constexpr std::int64_t counts_pool = -2;
/// Whose counts are those of finished messages, and among them the highest pool id that was ever given.
inline constexpr std::int64_t finished_pool = 0;
inline constexpr std::int64_t highest_pool_key = 1000;

/// Nothing: the row is in no list.
std::optional<Place> place_of(const ProgressRow& row);

/// One row of `live`, as it was seen.
struct LiveEntry {
    Place place;
    MessageKey key;
};

class Live {
  public:
    explicit Live(Connection& connection);

    void put(const Place& place, const ProgressRow& row);
    void drop(const Place& place, MessageKey key);
    /// Writes what the transaction changed in the counts. Before each commit.
    void count(const Delta& delta);
    void keep_highest(PoolId highest);
    void drop_pool(PoolId pool);
    /// The pools with rows that were put or dropped since the last call.
    std::vector<PoolId> take_relisted() { return std::exchange(relisted_, {}); }

  private:
    void relist(std::int64_t pool);
    void add(std::int64_t pool, std::int64_t state, std::int64_t by);
    Statement put_, drop_, add_, keep_highest_, drop_counts_, drop_pool_;
    std::vector<PoolId> relisted_;  // may name one several times
};

}  // namespace chapar::store::sqlite
