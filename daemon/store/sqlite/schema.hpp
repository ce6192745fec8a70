#pragma once
// The tables, as numbered steps. A file is brought up step by step, each in one transaction.

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// The newest schema this program knows.
int schema_version();

/// Makes the table `live` anew from the rows of states.
extern const char* const rebuild_live_sql;
/// Makes the tables of the journal of uses.
extern const char* const create_use_journal_sql;

/// Why this file is refused; nothing: it is one of ours.
std::optional<Error> refusal(Connection& connection);
/// Creates or upgrades. `country`: of numbers without one that an earlier version kept; `zone` (IANA): by which the
/// days of what it sent are counted. Errors: incompatible (not ours, or newer), unavailable, corrupt.
Result<bool> bring_up(Connection& connection, std::string_view country, std::string_view zone);

}  // namespace chapar::store::sqlite
