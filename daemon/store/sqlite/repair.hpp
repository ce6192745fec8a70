#pragma once
// Finding rows of states that can't be believed. The search has a connection of its own: SQLite lets no transaction
// write that has met a malformed row, so the writer must not meet one.

#include <vector>

#include "store/sqlite/rows.hpp"

namespace chapar::store::sqlite {

/// What is known for the row that replaces a damaged one.
struct Rescue {
    MessageKey key;
    std::optional<model::Message> message;  // when that is sound
    Fixed fixed;                            // otherwise as it stands, or zero
};

/// Looks at every row of states: about a second for a million. What does not read whole is read again over new
/// connections, so that a disk that fails for a moment costs no row.
Result<std::vector<Rescue>> find_damaged(const std::string& path);

}  // namespace chapar::store::sqlite
