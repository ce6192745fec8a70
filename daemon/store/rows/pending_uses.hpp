#pragma once
// Changes of uses that are written down and not yet in the chunks of their scopes, by scope. They are what a chunk as
// it is stored lacks: applied to it in their order, they make it what it is to be. What is done to a use that is itself
// pending is done to it here, so that a message that is leased and settled is one entry.
//
// Scopes are hashes; they lie in shards by their highest bits, so that the shards' order is that of the scopes.

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
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
    void clear();
    std::size_t size() const { return size_; }

  private:
    struct Added : model::Use {
        bool is_shared = false;  // with another of its message and millisecond: changes are kept one by one
    };
    struct OfScope {
        std::vector<Added> added;           // by time
        std::vector<UseChange> one_by_one;  // applied behind those
    };
    using Shard = std::unordered_map<model::Scope, OfScope>;
    struct Undo {
        enum class What : std::uint8_t { added, changed, taken, shared, appended } what;
        model::Scope scope;
        model::Use use;  // as it was
    };
    Shard& shard(model::Scope scope) { return shards_[static_cast<std::size_t>(shard_of(scope))]; }
    const OfScope* find(model::Scope scope) const;
    static Added* find(OfScope& of, Timestamp at, MessageKey key);
    static void insert(OfScope& of, const model::Use& use);
    void undo(const Undo& last);
    void forget_empty(model::Scope scope);

    std::array<Shard, shards> shards_;
    std::vector<Undo> undo_;
    std::size_t size_ = 0;
};

}  // namespace chapar::store
