#pragma once
// What a rule works on: the tables of the running transaction, what it changes besides them, what the writer remembers
// from one transaction to the next, and the time. Rules know no SQL, no thread and no clock; they run on whatever
// thread owns the transaction, and the transaction's owner commits or rolls back.

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/zones.hpp"
#include "model/read_set.hpp"
#include "store/rows/tables.hpp"
#include "store/rules/forgotten.hpp"
#include "store/rules/unmatched_index.hpp"
#include "store/rules/wanted_rows.hpp"

namespace chapar::store::rules {

/// A change of state, for the journal.
struct Step {
    MessageKey key;
    model::State before, now;
    int attempts;
};

/// What a transaction has done so far besides its rows: applied to memory after the commit, dropped with a rollback.
struct Changes {
    CountChanges counts;
    std::vector<Step> steps;
    std::vector<MessageKey> damaged;       // rows of states that were met and can't be believed
    std::optional<MessageKey> looking_at;  // the row of states that was asked for last: it may be unreadable
    std::vector<Moved> moved;              // where somebody wants to know
};

/// The day that was counted on last, from one second to another.
struct DayInUse {
    std::int64_t from = 0, until = 0;
    std::int32_t day = 0;
};
struct SeriesInUse {
    Series series;
    SeriesId id;  // 0: none
};

/// What the writer remembers. All of it is also in the tables, but what stands under "since the process began".
struct WriterMemory {
    // ---- since the process began
    bool tells_moves = false;                        // somebody wants to know of moves
    std::string country;                             // ISO 3166, of numbers that were kept as they were written
    std::unordered_set<std::string> live_revisions;  // put into the catalogue
    MessageKey hits_pruned_until;                    // the same of messages' hits
    MessageKey pruned_until;                         // messages up to here were looked at, in this walk
    const times::ZoneClock* zone = nullptr;          // by which days are counted; null: UTC
    DayInUse day;
    // ---- until a rollback
    Pool last_pool;                                            // of the previous message; most neighbours share it
    std::unordered_map<std::string, std::int64_t> used_until;  // by revision, as its row has it
    ErasureIndex erasures;
    UnmatchedIndex unmatched;
    std::optional<bool> has_soft_bounces;  // there are addresses at which mails don't arrive; nothing: nobody looked
    SeriesInUse last_series;               // as last_pool

    void roll_back() {
        last_pool = {};
        used_until.clear();
        erasures = {};
        unmatched = {};
        has_soft_bounces.reset();
        last_series = {};
    }
};

/// Pools as they stood at the last commit.
class PoolNames {
  public:
    virtual ~PoolNames() = default;
    virtual std::optional<Pool> pool(PoolId id) const = 0;
    virtual std::optional<Pool> find(std::string_view class_name, std::string_view application,
                                     std::string_view campaign) const = 0;
    /// Never falls: the id of a forgotten pool is not given again.
    virtual PoolId highest() const = 0;
    /// Pools in which nothing is alive and nothing has changed since `before`; at most `limit`.
    virtual std::vector<PoolId> idle(Monotonic before, std::size_t limit) const = 0;
};

struct Unit {
    Tables& tables;
    Changes& changes;
    WriterMemory& memory;
    const PoolNames& pools;
    Timestamp now{};
    model::LeaseOwner self{};  // whose writes these are
    /// While a batch is leased: what was read for it hears of every change, and how to read more.
    model::ReadSet* reads = nullptr;
    model::Ledger* ledger = nullptr;
    /// While a batch of leases, settlements or reports is written: the rows that it is going to ask for.
    WantedRows wanted{};
};

}  // namespace chapar::store::rules
