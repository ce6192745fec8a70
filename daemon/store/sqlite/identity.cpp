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

Result<Life> begin_life(Connection& connection) {
    const auto last = connection.number("SELECT epoch FROM identity");
    if (connection.fault() != 0) return std::unexpected(connection.error());
    if (!last) return fail(Code::corrupt, "the store has lost its name (table identity)");
    Life out{*last + 1, connection.run("UPDATE identity SET epoch = epoch + 1")};
    if (out.is_stored) return out;
    if (!is_of_the_disk(connection.fault())) return std::unexpected(connection.error());
    connection.clear_fault();
    return out;
}

}  // namespace chapar::store::sqlite
