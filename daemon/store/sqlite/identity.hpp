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

/// A life of the store, counted from 1.
struct Life {
    std::int64_t epoch = 1;
    bool is_stored = false;  // else the disk refuses: it is to be stored with the first commit
};
Result<Life> begin_life(Connection& connection);

}  // namespace chapar::store::sqlite
