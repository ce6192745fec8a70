#pragma once
// The uses of every scope, on the writer's connection: read and changed in memory. A commit writes down what it changed
// as one row of a journal (use_journal.hpp); chunks are written behind, many at once and in their order. What is
// pending is in memory, and a chunk that is read is brought up to date with it. Chunks stay in memory while they are
// few, since nobody else writes them; of scopes with many uses their sums stay. Writer's thread only; failures are the
// connection's fault.
//
// A damaged chunk is replaced by a mark "lost until now". Whoever asks for uses from before that time is told of the
// damage and must not send; it ends by itself when the rules look back no further than the mark.

#include <functional>
#include <span>
#include <unordered_map>

#include "store/rows/tables.hpp"
#include "store/rows/use_chunk.hpp"
#include "store/sqlite/sql.hpp"
#include "store/sqlite/table_memory.hpp"
#include "store/sqlite/use_journal.hpp"

namespace chapar::store::sqlite {

/// The current row (first, entries, sum) as a chunk. A damaged one comes as lost until `now`, and changed.
Chunk read_chunk(const Rows& rows, model::Scope scope, Timestamp now);

class Usage final : public UseTable {
  public:
    Usage(Connection& connection, TableMemory& memory, const Clock& clock);

    bool visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    bool summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override;
    void add(model::Scope scope, const model::Use& use) override;
    bool give_back(model::Scope scope, Timestamp at, MessageKey key) override;
    void restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state) override;

    /// At the beginning of each transaction.
    void begin();
    /// Before each commit.
    void flush();
    /// After a rollback.
    void forget();
    /// Something is pending.
    bool has_pending() const { return journal_rows() != 0; }
    /// So much is pending that it is to be merged before anything else.
    bool is_over_bound() const;
    /// How many scopes are to be merged now; 0: it has time.
    std::size_t wants_merge();
    /// In a transaction without other changes of uses: shards with together so many scopes or a few more.
    void merge(std::size_t scopes);
    std::int64_t prune(Timestamp before, int limit) override;
    std::optional<Timestamp> none_before() override { return std::exchange(none_before_, std::nullopt); }

  private:
    struct Known {
        std::vector<Chunk> chunks;  // by name; the newest ones; with all that is pending
        bool is_whole = false;      // there are no older ones
    };
    struct Place {
        std::size_t chunk = 0, use = 0;
    };
    /// Everything from `from` on. Null: it can't be read.
    Known* load(model::Scope scope, Timestamp from);
    bool load_older(model::Scope scope, Timestamp from, Known& known);
    void apply(model::Scope scope, Known& known, const UseChange& change);
    bool visit(model::Scope scope, Known& known, Timestamp from, const std::function<bool(const model::Use&)>& visit);
    std::optional<Place> find(model::Scope scope, Known& known, Timestamp at, MessageKey key);
    void insert(model::Scope scope, Known& known, const model::Use& use);
    static bool take_away(Known& known, const Place& place);
    bool bring_back(model::Scope scope, Chunk& chunk);
    void put_out(Chunk& chunk);
    void make_room();
    void split(Known& known, std::size_t index, std::size_t at);
    void write(model::Scope scope, Chunk& chunk);
    static std::int64_t prune_chunk(Chunk& chunk, Timestamp before);
    bool is_lost(Timestamp from) const { return state_->lost_until && *state_->lost_until >= from; }
    /// Writes down a change that was made.
    void note(UseChange change);
    // ---- usage_merge.cpp
    void load_journal();
    void make_anew();
    void mend(const JournalOfUses::Damage& damage);
    void mark_lost(model::Scope scope, Timestamp until);
    void write_marks();
    bool merge_shard(int shard);
    bool write_behind(model::Scope scope);
    void drop_merged();
    std::int64_t oldest_row() const;
    std::int64_t journal_rows() const { return state_->lowest == 0 ? 0 : state_->last - state_->lowest + 1; }

    Connection& connection_;
    TableMemory& memory_;
    const Clock& clock_;
    UseJournal journal_;
    Statement select_, one_, put_, delete_, walk_;
    std::unordered_map<model::Scope, Known> known_;
    std::size_t uses_known_ = 0, sums_known_ = 0;  // in memory; a bound
    std::unique_ptr<JournalOfUses> state_;         // never null
    std::vector<UseChange> running_;               // of the running transaction
    std::vector<model::Scope> marks_;              // scopes with a damaged chunk whose mark is to be written
    bool is_loaded_ = false;
    bool is_written_ = false;  // the running transaction has changed what stands of the journal
    struct {
        bool is_on = false;
        int shard = 0, left = 0;  // where the round goes on, and how many shards are left of it
        std::size_t changes = 0;  // since the last merge
        Monotonic changed{};      // when something was last written down
    } round_;
    std::pair<model::Scope, ChunkName> cursor_;
    Timestamp walk_before_ = Timestamp::max();  // the least of this walk
    std::optional<Timestamp> none_before_;
};

}  // namespace chapar::store::sqlite
