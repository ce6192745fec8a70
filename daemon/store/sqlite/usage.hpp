#pragma once
// The uses of every scope, on the writer's connection: read, changed in memory, written before each commit.
// Chunks stay in memory while they are few, since nobody else writes them; of scopes with many uses their sums stay.
// Writer's thread only; failures are the connection's fault.
//
// A damaged chunk is replaced by a mark "lost until now". Whoever asks for uses from before that time is told of the
// damage and must not send; it ends by itself when the rules look back no further than the mark.

#include <functional>
#include <span>
#include <unordered_map>

#include "store/sqlite/lasting.hpp"
#include "store/sqlite/sql.hpp"
#include "store/sqlite/usage_codec.hpp"

namespace chapar::store::sqlite {

/// The current row (first, entries, sum) as a chunk. A damaged one comes as lost until `now`, and changed.
Chunk read_chunk(const Rows& rows, model::Scope scope, Timestamp now);

class Usage {
  public:
    Usage(Connection& connection, Lasting& lasting, const Clock& clock);

    /// Uses with at >= from, oldest first, until `visit` answers false. False: some are lost.
    bool visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit);
    /// As Ledger::summed. False: some are lost.
    bool summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add);
    void add(model::Scope scope, const model::Use& use);
    /// Takes the use away if it is only reserved. False: it is not, or not there.
    bool give_back(model::Scope scope, Timestamp at, MessageKey key);
    void restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state);

    /// Before each commit.
    void flush();
    /// After a rollback, and where others change the table.
    void forget();
    /// Drops uses older than `before`, at most `limit` rows changed; goes on where it stopped. How many uses went.
    std::int64_t prune(Timestamp before, int limit);
    /// When a walk over all scopes has ended since the last call: there is no use from before this.
    std::optional<Timestamp> none_before() { return std::exchange(none_before_, std::nullopt); }

  private:
    struct Known {
        std::vector<Chunk> chunks;  // by name; the newest ones
        bool is_whole = false;      // there are no older ones
        bool is_changed = false;
    };
    struct Place {
        std::size_t chunk = 0, use = 0;
    };
    /// Everything from `from` on. Null: it can't be read.
    Known* load(model::Scope scope, Timestamp from);
    bool load_older(model::Scope scope, Timestamp from, Known& known);
    std::optional<Place> find(model::Scope scope, Known& known, Timestamp at, MessageKey key);
    void insert(model::Scope scope, Known& known, const model::Use& use);
    bool bring_back(model::Scope scope, Chunk& chunk);
    void put_out(Chunk& chunk);
    void make_room();
    void split(Known& known, std::size_t index, std::size_t at);
    void write(model::Scope scope, Chunk& chunk);
    static std::int64_t prune_chunk(Chunk& chunk, Timestamp before);

    Connection& connection_;
    Lasting& lasting_;
    const Clock& clock_;
    Statement select_, one_, put_, delete_, walk_;
    std::unordered_map<model::Scope, Known> known_;
    std::vector<model::Scope> changed_;
    std::size_t uses_known_ = 0, sums_known_ = 0;  // in memory; a bound
    std::pair<model::Scope, ChunkName> cursor_;
    Timestamp walk_before_ = Timestamp::max();  // the least of this walk
    std::optional<Timestamp> none_before_;
};

}  // namespace chapar::store::sqlite
