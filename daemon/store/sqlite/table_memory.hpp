#pragma once
// What the writer's tables know by heart and keep when their connection is made anew. Writer's thread only.

#include <chrono>
#include <unordered_map>
#include <unordered_set>

#include "model/lease_owner.hpp"
#include "model/ledger.hpp"

namespace chapar::store::sqlite {

struct TableMemory {
    model::LeaseOwner self;  // whose store is open
    /// The highest number given to a kind so far, also by what was rolled back: a number never means two kinds.
    model::KindId last_kind = 0;
    /// Scopes whose pages SQLite itself could not read. Nothing is written there, and who counts there is held.
    std::unordered_set<model::Scope> unreadable;
    /// The journal of uses could not be read; and could not be made anew either: whoever counts is held.
    bool journal_is_malformed = false, journal_unreadable = false;
    Timestamp uses_from{};  // older uses are of no use to anybody
    /// When the row of its state was replaced: what was seen of it before is of no use.
    std::unordered_map<MessageKey, std::chrono::steady_clock::time_point> repaired;
};

}  // namespace chapar::store::sqlite
