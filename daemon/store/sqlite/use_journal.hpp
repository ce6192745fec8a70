#pragma once
// The journal of uses: one row a commit with all that it changed, inserted and never written again. Another
// transaction, behind, brings the chunks of whole shards of scopes up to date (usage_merge.cpp) and writes down up to
// which row they have been; rows that every shard is beyond are deleted. So what a scope's uses are is what its chunks
// say, and the changes of rows behind its shard's mark.
//
// A row whose entries are damaged still says of which scopes; they are taken as lost until now, as a damaged chunk is.
// When it does not even say that, or nobody knows up to where a shard was merged, all are: row 0 holds that mark.

#include <array>

#include "store/rows/pending_uses.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// What the journal says, as of one snapshot or of the running transaction.
struct JournalOfUses {
    PendingUses pending;
    std::array<std::int64_t, PendingUses::shards> first_rows{};  // the oldest with something of the shard; 0: none
    std::int64_t lowest = 0, last = 0;                           // rows; 0: none
    std::optional<Timestamp> lost_until;                         // of all scopes
    struct Damage {
        std::vector<model::Scope> scopes;  // ascending
        std::vector<std::int64_t> rows;    // that can't be believed
        std::vector<int> marks;            // the same, of shards
        bool is_any() const { return !rows.empty() || !marks.empty(); }
        bool is_all = false;  // it is not known of which scopes
    } damage;
};

class UseJournal {
  public:
    explicit UseJournal(Connection& connection);

    /// What is there. A failure is the connection's fault.
    std::unique_ptr<JournalOfUses> read();
    void append(std::int64_t number, std::vector<UseChange> changes);
    /// The shard's chunks have what rows up to `number` say.
    void put_merged(int shard, std::int64_t number);
    /// Rows from `first` to `last`.
    void drop(std::int64_t first, std::int64_t last);
    void drop_mark(int shard) { drop_mark_.run(shard); }
    /// Uses of all scopes may be missing from before this; nothing: none.
    void put_lost_until(std::optional<Timestamp> until);

  private:
    using Marks = std::array<std::int64_t, PendingUses::shards>;
    Marks read_marks(JournalOfUses& out);
    void take(JournalOfUses& out, const Rows& row, const Marks& merged);

    Statement marks_, rows_, append_, put_mark_, drop_mark_, drop_;
};

}  // namespace chapar::store::sqlite
