#pragma once
// The rows of a message, as statements read them.

#include "store/rows/rows.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// Reads the current row of a query over the matching column list below. nullopt: the checksum does not match.
#define CHAPAR_MESSAGE_COLUMNS                                                                     \
    "key, tail, application, class, recipient, campaign, tags, accepted_at, send_at, expires_at, " \
    "idempotency_key, plan, body, fields, sum"
#define CHAPAR_PROGRESS_COLUMNS \
    "key, state, step, attempts, due, pool, expires, trace, slots, follow_up, owner, sum, series"
#define CHAPAR_ATTEMPT_COLUMNS                                                                         \
    "key, number, channel, route, started_at, finished_at, verdict, blame, retry_after, provider_id, " \
    "code, detail, sum"
std::optional<MessageRow> read_message(const Rows& rows);
std::optional<ProgressRow> read_progress(const Rows& rows);
std::optional<AttemptRow> read_attempt(const Rows& rows);

}  // namespace chapar::store::sqlite
