#include "store/sqlite/tables.hpp"

#include "base/log.hpp"
#include "store/sqlite/live_rebuild.hpp"

namespace chapar::store::sqlite {

SqlTables::SqlTables(Connection& connection, TableMemory& memory, const Clock& clock)
    : connection_(connection),
      memory_(memory),
      live_(connection),
      search_(connection),
      messages_(connection, &live_, &search_),
      states_(connection, &live_),
      attempts_(connection, search_),
      keys_(connection),
      uses_(connection, memory, clock),
      kinds_(connection, memory),
      relations_(connection),
      people_(connection),
      erasures_(connection),
      provider_ids_(connection),
      unmatched_(connection),
      feed_(connection),
      engagements_(connection),
      links_(connection),
      settings_(connection),
      pools_(connection, live_),
      nodes_(memory),
      webhooks_(connection),
      tallies_(connection),
      touches_(connection),
      conversions_(connection) {}

void SqlTables::begin() {
    kinds_.begin();
    repaired_.clear();
    recounted_ = false;
}

void SqlTables::flush(CountChanges& changes) {
    uses_.flush();
    pools_.count(changes);
    tallies_.count(changes.tallies);
    changes.relisted = live_.take_relisted();
}

void SqlTables::forget() {
    uses_.forget();
    kinds_.undo();
    people_.forget();
    feed_.forget();
    search_.forget();
    live_.take_relisted();
    tallies_.forget();
}

void SqlTables::rebuild_live() {
    sqlite::rebuild_live(connection_);
    tallies_.forget();
    recounted_ = true;
}

bool SqlTables::take_recounted() {
    for (const MessageKey key : repaired_)
        memory_.repaired[key] = std::chrono::steady_clock::now();
    return std::exchange(recounted_, false);
}

}  // namespace chapar::store::sqlite
