#include "store/sqlite/suspects.hpp"

namespace chapar::store::sqlite {

Suspects::Suspects(Connection& connection)
    : put_(connection,
           "INSERT INTO suspect (key, deaths, is_damaged) VALUES (?1, ?2, ?3) "
           "ON CONFLICT (key) DO UPDATE SET deaths = ?2, is_damaged = ?3"),
      drop_(connection, "DELETE FROM suspect WHERE key = ?1") {}

void Suspects::note_deaths(MessageKey key, int deaths) {
    if (deaths == 0) return forget(key);
    put_.run(key.value, deaths, 0);
}

void Suspects::note_damage(MessageKey key) { put_.run(key.value, 0, 1); }

void Suspects::forget(MessageKey key) { drop_.run(key.value); }

}  // namespace chapar::store::sqlite
