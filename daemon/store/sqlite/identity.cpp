#include "store/sqlite/identity.hpp"

namespace chapar::store::sqlite {

Result<Identity> read_identity(Connection& connection) {
    Statement statement(connection, "SELECT id, mark, journal FROM identity");
    auto rows = statement.query();
    if (!rows.next())
        return connection.fault() != 0 ? Result<Identity>(std::unexpected(connection.error()))
                                       : fail(Code::corrupt, "the store has lost its name (table identity)");
    return Identity{std::string(rows.bytes(0)), rows.integer(1), static_cast<JournalState>(rows.integer(2))};
}

}  // namespace chapar::store::sqlite
