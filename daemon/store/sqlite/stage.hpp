#pragma once
// What a transaction has done so far besides its rows: applied to memory after the commit, dropped with a rollback.
// Writer's thread only.

#include <string>
#include <unordered_map>

#include "store/sqlite/tally.hpp"

namespace chapar::store::sqlite {

struct Stage {
    Delta delta;
    std::unordered_map<std::string, std::int64_t> revision_use;  // messages more or fewer by revision
    bool recount = false;    // a damaged row was rebuilt: what it had been counted as is unknown
    bool reindexed = false;  // the waiting index was rebuilt in this transaction
};

}  // namespace chapar::store::sqlite
