#pragma once
// The table `live`: one narrow row for each message that waits, is being sent, is held or awaits a follow-up, in the
// order in which they are asked for. Before all of them stand the counts of all pools, so that a start reads them in
// one go, and a change of state writes the same page as long as the queue is short. It is a table of our own and no
// index of `progress`: a damaged row of `progress` can be replaced by itself. Writer's thread only.

#include <utility>
#include <vector>

#include "store/rows/counts.hpp"
#include "store/rows/queue_place.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// A pool that is none: the counts. Its rows have the pool that they count in the column `due`, the state in `key` and
/// the number in `expires`.
inline constexpr std::int64_t counts_pool = -2;
/// Whose counts are those of finished messages, and among them the highest pool id that was ever given.
inline constexpr std::int64_t finished_pool = 0;
inline constexpr std::int64_t highest_pool_key = 1000;
/// Beside it the highest key that was ever accepted: new ids begin behind it, whatever was deleted since.
inline constexpr std::int64_t highest_key_key = 1001;

/// One row of `live`, as it was seen.
struct LiveEntry {
    QueuePlace place;
    MessageKey key;
};

class Live {
  public:
    explicit Live(Connection& connection);

    void put(const QueuePlace& place, const ProgressRow& row);
    void drop(const QueuePlace& place, MessageKey key);
    /// Writes what the transaction changed in the counts. Before each commit.
    void count(const CountChanges& delta);
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
