#pragma once
// What a transaction has done so far besides its rows: applied to memory after the commit, dropped with a rollback.
// Writer's thread only.

#include <string>
#include <unordered_map>
#include <vector>

#include "store/sqlite/tally.hpp"
#include "store/store.hpp"

namespace chapar::store::sqlite {

struct Stage {
    Delta delta;
    std::unordered_map<std::string, std::int64_t> revision_use;  // messages more or fewer by revision
    struct Step {
        MessageKey key;
        model::State before, now;
        int attempts;
    };
    std::vector<Step> steps;   // changes of state, for the journal
    bool recount = false;      // damage was repaired: what it had been counted as is unknown
    bool damage_seen = false;  // in the rows of states
    bool tells_moves = false;  // somebody wants to know of them
    std::vector<Moved> moved;
};

}  // namespace chapar::store::sqlite
