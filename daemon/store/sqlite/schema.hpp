#pragma once
// The tables, as numbered steps. A file is brought up step by step, each in one transaction.

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// The newest schema this program knows.
int schema_version();

/// Creates or upgrades. Errors: incompatible (not ours, or newer), unavailable, corrupt.
Result<bool> bring_up(Connection& connection);

}  // namespace chapar::store::sqlite
