#include "store/sqlite/live_rebuild.hpp"

#include "base/log.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/tables_tallies.hpp"

namespace chapar::store::sqlite {

void rebuild_live(Connection& connection) {
    log::error("store.row_damaged", "the list of live messages is damaged; it is made anew");
    if (!SqlTallies(connection).fold() && connection.forgive_corruption())
        log::error("store.tally_damaged", "what was counted for reports in the last commits is lost");
    connection.run(rebuild_live_sql);
}

}  // namespace chapar::store::sqlite
