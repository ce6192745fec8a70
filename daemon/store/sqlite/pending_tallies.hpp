#pragma once
// Counts for reports that are not in `tally` yet: narrow rows at the front of `live`, on the page that each commit
// writes anyway for the counts of its pools (live.hpp). What is pending is folded into `tally` when it grows, so that a
// message that comes alone costs no page of its own for what is counted of it. Writer's thread only, but for `read`.

#include <map>
#include <optional>
#include <utility>

#include "store/rows/tally_rows.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// A pool that is none. Its rows have day and series in the column `due`, step and counter in `key`, the count in
/// `expires`, and in `state` a sum of these.
inline constexpr std::int64_t tallies_pool = -3;

class PendingTallies {
  public:
    /// By `due` and `key`.
    using Counts = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;
    /// Beyond so many rows they are folded: with the counts of few pools they have room on one page.
    static constexpr std::size_t most = 64;

    explicit PendingTallies(Connection& connection);

    /// Writes down what of `tally` can be pending, and takes it out of it; the rest is for `tally`.
    void add(std::int32_t day, SeriesId series, int step, model::Tally& tally);
    bool is_full() { return known().size() > most; }
    /// Everything, which pends no more. Empty with the connection's fault: nothing can be said.
    TallyChanges take();
    /// The transaction was undone.
    void forget() { counts_.reset(); }

    /// Over any connection. A row that is damaged is told as such: Tallied::damaged.
    static TallyChanges read(Connection& connection);

  private:
    Counts& known();
    void put(std::int64_t due, std::int64_t key, std::int64_t more);

    Connection& connection_;
    Statement put_, drop_;
    std::optional<Counts> counts_;  // as they are in the file and the transaction
};

}  // namespace chapar::store::sqlite
