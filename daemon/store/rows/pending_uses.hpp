#pragma once
// Changes of uses that are written down and not yet in the chunks of their scopes, by scope. They are what a chunk as
// it is stored lacks: applied to it in their order, they make it what it is to be. What is done to a use that is itself
// pending is done to it here, so that a message that is leased and settled is one entry.
//
// Scopes are hashes; they lie in shards by their highest bits, so that the shards' order is that of the scopes. Most
// scopes have one use pending: it lies in the shard's table itself.

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "store/rows/use_change.hpp"

namespace chapar::store {

class PendingUses {
  public:
    static constexpr int shards = 1024;
    static int shard_of(model::Scope scope);

    /// As a part of the running transaction, until `keep` or `undo`.
    void note(const UseChange& change);
    void keep() { undo_.clear(); }
    void undo();

    /// An added use that nothing else of its message and millisecond shares the scope with. Null: there is none here.
    const model::Use* added(model::Scope scope, Timestamp at, MessageKey key) const;
    /// In the order in which they are to be applied.
    void visit(model::Scope scope, const std::function<void(const UseChange&)>& visit) const;
    /// The earliest time of any of them.
    std::optional<Timestamp> oldest(model::Scope scope) const;
    /// Those of a shard with something pending, ascending.
    std::vector<model::Scope> scopes(int shard) const;
    /// The shard's changes are in the chunks now. Not within a transaction that may be undone here.
    void clear(int shard);
    std::size_t size() const { return size_; }
    /// No use that is pending is older; it may be earlier than any of them.
    Timestamp none_before() const { return oldest_; }

  private:
    struct Added : model::Use {
        bool is_shared = false;  // with another of its message and millisecond: changes are kept one by one
    };
    struct Many {
        std::vector<Added> added;           // by time
        std::vector<UseChange> one_by_one;  // applied behind those
    };
    struct OfScope {
        enum class Is : std::uint8_t { free, empty, one, many } is = Is::free;  // empty: it was not
        std::uint32_t many = 0;                                                 // its place in the shard
        model::Scope scope = 0;
        Added one;
    };
    /// Open addressing; a place that was used stays until the table grows.
    struct Shard {
        std::vector<OfScope> table;
        std::size_t used = 0;
        std::vector<Many> many;
    };
    struct Undo {
        enum class What : std::uint8_t { added, changed, taken, shared, appended } what;
        model::Scope scope;
        model::Use use;  // as it was
    };
    Shard& shard(model::Scope scope) { return shards_[static_cast<std::size_t>(shard_of(scope))]; }
    static std::size_t place(const Shard& in, model::Scope scope);
    const OfScope* find(model::Scope scope) const;
    OfScope& of(model::Scope scope);
    static Many& many(Shard& in, OfScope& of);
    static const Added* find(const Shard& in, const OfScope& of, Timestamp at, MessageKey key);
    static void insert(Shard& in, OfScope& of, const model::Use& use);
    static void erase(Shard& in, OfScope& of, const Added* use);
    void undo(const Undo& last);

    std::array<Shard, shards> shards_;
    std::vector<Undo> undo_;
    std::size_t size_ = 0;
    Timestamp oldest_ = Timestamp::max();  // of what came since nothing was pending
};

}  // namespace chapar::store
