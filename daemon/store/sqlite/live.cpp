#include "store/sqlite/live.hpp"

namespace chapar::store::sqlite {

Live::Live(Connection& connection)
    : put_(connection, "INSERT OR REPLACE INTO live (pool, due, key, state, expires) VALUES (?1, ?2, ?3, ?4, ?5)"),
      drop_(connection, "DELETE FROM live WHERE pool = ?1 AND due = ?2 AND key = ?3"),
      add_(connection,
           "INSERT INTO live (pool, due, key, state, expires) VALUES (?1, ?2, ?3, -1, ?4) "
           "ON CONFLICT (pool, due, key) DO UPDATE SET expires = expires + ?4"),
      keep_highest_(connection,
                    "INSERT INTO live (pool, due, key, state, expires) VALUES (?1, ?2, ?3, -1, ?4) "
                    "ON CONFLICT (pool, due, key) DO UPDATE SET expires = max(expires, ?4)"),
      drop_counts_(connection, "DELETE FROM live WHERE pool = ?1 AND due = ?2"),
      drop_pool_(connection, "DELETE FROM pool WHERE id = ?1") {}

void Live::put(const QueuePlace& place, const ProgressRow& row) {
    put_.run(place.pool, place.due, row.key, row.state, row.expires);
    relist(place.pool);
}

void Live::drop(const QueuePlace& place, MessageKey key) {
    drop_.run(place.pool, place.due, key.value);
    relist(place.pool);
}

void Live::relist(std::int64_t pool) {
    if (relisted_.empty() || relisted_.back() != PoolId{pool}) relisted_.push_back(PoolId{pool});
}

void Live::add(std::int64_t pool, std::int64_t state, std::int64_t by) {
    if (by != 0) add_.run(counts_pool, pool, state, by);
}

void Live::count(const CountChanges& delta) {
    for (int state = 0; state < model::state_count; ++state)
        add(finished_pool, state, delta.finished[state]);
    for (const auto& [pool, by] : delta.live) {
        for (std::size_t i = 0; i < live_states.size(); ++i)
            add(pool.value, static_cast<std::int64_t>(live_states[i]), by[i]);
    }
    if (delta.highest_key.value != 0)
        keep_highest_.run(counts_pool, finished_pool, highest_key_key, delta.highest_key.value);
}

void Live::keep_highest(PoolId highest) {
    keep_highest_.run(counts_pool, finished_pool, highest_pool_key, highest.value);
}

void Live::drop_pool(PoolId pool) {
    drop_counts_.run(counts_pool, pool.value);
    drop_pool_.run(pool.value);
}

}  // namespace chapar::store::sqlite
