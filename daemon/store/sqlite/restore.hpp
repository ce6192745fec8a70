#pragma once
// What a store that is older than its journal makes of a message: pure.

#include <string>

#include "store/sqlite/journal.hpp"
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

enum class Verdict : std::uint8_t {
    as_it_stands,  // the store knows as much, or more
    over,          // it has ended, or was sent
    again,         // attempts were made that certainly sent nothing: it waits on
    doubt,         // it left the house, and nothing says that it was not sent
};
/// `is`: as the store has it; `known`: as the journal saw it last.
Verdict verdict(const Known& is, const Known& known);

}  // namespace chapar::store::sqlite
