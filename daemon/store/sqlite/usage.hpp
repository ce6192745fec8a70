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

#include "store/rows/tables.hpp"
#include "store/rows/use_chunk.hpp"
#include "store/sqlite/sql.hpp"
#include "store/sqlite/table_memory.hpp"

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

    /// Before each commit.
    void flush();
    /// After a rollback, and where others change the table.
    void forget();
    std::int64_t prune(Timestamp before, int limit) override;
    std::optional<Timestamp> none_before() override { return std::exchange(none_before_, std::nullopt); }

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
    bool visit(model::Scope scope, Known& known, Timestamp from, const std::function<bool(const model::Use&)>& visit);
    std::optional<Place> find(model::Scope scope, Known& known, Timestamp at, MessageKey key);
    void insert(model::Scope scope, Known& known, const model::Use& use);
    bool bring_back(model::Scope scope, Chunk& chunk);
    void put_out(Chunk& chunk);
    void make_room();
    void split(Known& known, std::size_t index, std::size_t at);
    void write(model::Scope scope, Chunk& chunk);
    static std::int64_t prune_chunk(Chunk& chunk, Timestamp before);

    Connection& connection_;
    TableMemory& memory_;
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
