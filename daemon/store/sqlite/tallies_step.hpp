#pragma once
// The step of the schema that brings counts for reports: what stands in the store already is counted, once.

#include <string_view>

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// Within the step's transaction. Messages, their attempts and states say it; what was pruned is not counted. False:
/// the connection has a fault.
bool count_what_is_there(Connection& connection, std::string_view zone);

}  // namespace chapar::store::sqlite
