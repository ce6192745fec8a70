#pragma once
// The table `live` made anew from the rows, which have all that it says, when SQLite can't read its pages.

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// Within a transaction of the writer. What was counted for reports and stood nowhere else is kept where it can be
/// read, else it is lost and the log says so. Failures are the connection's fault.
void rebuild_live(Connection& connection);

}  // namespace chapar::store::sqlite
