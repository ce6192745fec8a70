#pragma once
// What a transaction has done so far besides its rows: applied to memory after the commit, dropped with a rollback.
// Writer's thread only.

#include <optional>
#include <vector>

#include "store/open_sqlite.hpp"
#include "store/sqlite/tally.hpp"

namespace chapar::store::sqlite {

struct Stage {
    Delta delta;
    struct Step {
        MessageKey key;
        model::State before, now;
        int attempts;
    };
    std::vector<Step> steps;          // changes of state, for the journal
    std::vector<MessageKey> damaged;  // rows of states that were met and can't be believed
    std::vector<MessageKey> repaired;
    bool recounted = false;                // the counts in the store were made anew
    std::optional<MessageKey> looking_at;  // the row of states that was asked for last: SQLite may refuse to read it
    bool tells_moves = false;              // somebody wants to know of moves
    std::vector<Moved> moved;
};

}  // namespace chapar::store::sqlite
