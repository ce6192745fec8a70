#pragma once
// The journal of what left, at the start of a store: what it knows that the store does not is taken over.

#include <string>

#include "store/engine/group_commit.hpp"
#include "store/sqlite/database.hpp"

namespace chapar::store::sqlite {

/// The journal is begun anew only when all that it knew is taken over: a start that ends in between begins again. Waits
/// for writes. `identity`: the store's, as it was opened.
Result<bool> keep_journal(SqliteDatabase& database, engine::GroupCommit& commit, const std::string& path,
                          const Identity& identity, Milliseconds keep);

}  // namespace chapar::store::sqlite
