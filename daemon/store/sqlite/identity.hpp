#pragma once
// A store's name, and how far the journal of what left reaches in it.

#include <string>

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// From this schema on a store has a name and a mark (table identity).
inline constexpr int identity_schema = 6;

enum class JournalState : std::int64_t {
    none = 0,    // this store never had one: made by an earlier version, or just now
    whole = 1,   // what left since `mark` stands in it
    broken = 2,  // it could not be written for a while
};
struct Identity {
    std::string id;
    std::int64_t mark = 0;
    JournalState journal = JournalState::none;
};
Result<Identity> read_identity(Connection& connection);

}  // namespace chapar::store::sqlite
