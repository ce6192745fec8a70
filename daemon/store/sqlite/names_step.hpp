#pragma once
// The upgrade that gives one name to everybody whom an earlier version knew by several spellings of an address.

#include <string_view>

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// Profiles, consents, events and suppressions move to the name of whom they speak of (address/key.hpp), and the
/// addresses of profiles become known. Where two meet, every consent stays, the later event, the stronger suppression
/// and the newer profile. Messages stay as they are: they are found by their keys. Runs inside a transaction of the
/// caller's. False: the fault is set.
bool rename_people(Connection& connection, std::string_view country);

}  // namespace chapar::store::sqlite
