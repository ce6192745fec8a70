#include "store/sqlite/schema.hpp"

#include <iterator>

#include "store/sqlite/names_step.hpp"
#include "store/sqlite/tallies_step.hpp"

namespace chapar::store::sqlite {
namespace {

// What stands in `live`, from the rows; and its counts.
#define CHAPAR_CREATE_LIVE                                                                   \
    "CREATE TABLE live (pool INTEGER NOT NULL, due INTEGER NOT NULL, key INTEGER NOT NULL, " \
    "state INTEGER NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (pool, due, key)) STRICT, WITHOUT ROWID;"
#define CHAPAR_FILL_HIGHEST_KEY                                     \
    "INSERT OR REPLACE INTO live (pool, due, key, state, expires) " \
    "SELECT -2, 0, 1001, -1, coalesce(max(key), 0) FROM progress;"
#define CHAPAR_FILL_LIVE                                                                                   \
    "INSERT INTO live (pool, due, key, state, expires) SELECT CASE WHEN state = 2 THEN -1 ELSE pool END, " \
    "CASE state WHEN 0 THEN min(max(due, 0), 9223372036854775806) WHEN 1 THEN -1 "                         \
    "WHEN 2 THEN follow_up ELSE 9223372036854775807 END, key, state, expires FROM progress "               \
    "WHERE state IN (0, 1, 7) OR (state = 2 AND follow_up > 0) ORDER BY 1, 2, 3;"                          \
    "INSERT INTO live (pool, due, key, state, expires) "                                                   \
    "SELECT -2, CASE WHEN state IN (0, 1, 7) THEN pool ELSE 0 END, state, -1, count(*) "                   \
    "FROM progress WHERE state BETWEEN 0 AND 10 GROUP BY 2, 3;"                                            \
    "INSERT INTO live (pool, due, key, state, expires) SELECT -2, 0, 1000, -1, coalesce(max(id), 0) FROM " \
    "pool;" CHAPAR_FILL_HIGHEST_KEY

#define CHAPAR_CREATE_USE_JOURNAL                                                         \
    "CREATE TABLE use_journal (number INTEGER PRIMARY KEY, scopes_sum INTEGER NOT NULL, " \
    "scopes BLOB NOT NULL, entries_sum INTEGER NOT NULL, entries BLOB NOT NULL) STRICT;"  \
    "CREATE TABLE use_merge (shard INTEGER PRIMARY KEY, until INTEGER NOT NULL, sum INTEGER NOT NULL) STRICT;"

constexpr std::int64_t application_id = 0x43485052;  // "CHPR"

constexpr const char* use_journal_step = R"sql(
BEGIN IMMEDIATE;
)sql" CHAPAR_CREATE_USE_JOURNAL R"sql(
PRAGMA user_version = 14;
COMMIT;
)sql";

constexpr const char* owners_step = R"sql(
BEGIN IMMEDIATE;
ALTER TABLE identity ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
)sql" CHAPAR_FILL_HIGHEST_KEY R"sql(
PRAGMA user_version = 15;
COMMIT;
)sql";

// Endpoints of webhooks: where they stand in the feed, and what waits there for another try.
constexpr const char* webhooks_step = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS webhook (
    name TEXT PRIMARY KEY,
    cursor INTEGER NOT NULL,
    last_success INTEGER NOT NULL,
    first_failure INTEGER,
    disabled_at INTEGER,
    why TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS webhook_wait (
    webhook TEXT NOT NULL,
    number INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    due INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (webhook, number)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 16;
COMMIT;
)sql";

// Who looked at a message, and hits that belong to none (tables_hits.hpp).
constexpr const char* hits_step = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS engagement (key INTEGER PRIMARY KEY, hits BLOB NOT NULL, sum INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS hit_total (
    day INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    why INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (day, kind, why)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 17;
COMMIT;
)sql";

// Which code leads where (links.hpp): by code, of a message, of a person, and by the time.
constexpr const char* short_links_step = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS short_link (
    code TEXT PRIMARY KEY,
    link INTEGER NOT NULL,
    destination TEXT NOT NULL,
    key INTEGER NOT NULL,
    owner INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    tracked INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS short_link_message ON short_link (key);
CREATE INDEX IF NOT EXISTS short_link_owner ON short_link (owner);
CREATE INDEX IF NOT EXISTS short_link_expiring ON short_link (expires);
PRAGMA user_version = 18;
COMMIT;
)sql";

// Addresses at which mails don't arrive (rules/soft_bounces.hpp).
constexpr const char* soft_bounces_step = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS soft_bounce (
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    count INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    times INTEGER NOT NULL,
    rests_until INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (channel, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS soft_bounce_address ON soft_bounce (address);
PRAGMA user_version = 19;
COMMIT;
)sql";

constexpr const char* tallies_step = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    class TEXT NOT NULL,
    campaign TEXT NOT NULL,
    steps TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX series_name ON series (campaign, application, class, steps);
CREATE TABLE tally (
    day INTEGER NOT NULL,
    series INTEGER NOT NULL,
    counts BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (day, series)
) STRICT, WITHOUT ROWID;
CREATE TABLE touch (
    key INTEGER PRIMARY KEY,
    application TEXT NOT NULL,
    person TEXT NOT NULL,
    series INTEGER NOT NULL,
    last INTEGER NOT NULL,
    hits BLOB NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE INDEX touch_person ON touch (application, person);
CREATE TABLE conversion (
    application TEXT NOT NULL,
    person TEXT NOT NULL,
    number INTEGER NOT NULL,
    event TEXT NOT NULL,
    key TEXT NOT NULL,
    currency TEXT NOT NULL,
    value INTEGER NOT NULL,
    at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    credits BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (application, person, number)
) STRICT, WITHOUT ROWID;
ALTER TABLE progress ADD COLUMN series INTEGER NOT NULL DEFAULT 0;
)sql";

// What never changes (message) and what moves (progress) are two tables: a change of state rewrites a small dense row
// and not a page of bodies. Both carry a checksum (XXH3-64) over all their columns; so does attempt.
constexpr const char* steps[] = {
    R"sql(
BEGIN IMMEDIATE;
CREATE TABLE message (
    key INTEGER PRIMARY KEY,
    tail INTEGER NOT NULL,
    application TEXT NOT NULL,
    class TEXT NOT NULL,
    recipient TEXT NOT NULL,
    campaign TEXT NOT NULL,
    tags TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    send_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    sum INTEGER NOT NULL,
    plan TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE progress (
    key INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    pool INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    trace TEXT NOT NULL
) STRICT;
CREATE INDEX progress_waiting ON progress (state, pool, due) WHERE state = 0;
CREATE INDEX progress_expiring ON progress (expires) WHERE state IN (0, 7);
CREATE TABLE attempt (
    key INTEGER NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    route TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    verdict INTEGER NOT NULL,
    blame INTEGER NOT NULL,
    retry_after INTEGER,
    provider_id TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_open ON attempt (key, number) WHERE finished_at IS NULL;
CREATE TABLE pool (
    id INTEGER PRIMARY KEY,
    class TEXT NOT NULL,
    application TEXT NOT NULL,
    campaign TEXT NOT NULL,
    UNIQUE (class, application, campaign)
) STRICT;
CREATE TABLE idempotency (
    application TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    key INTEGER NOT NULL,
    request_hash INTEGER NOT NULL,
    PRIMARY KEY (application, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE recipient (
    application TEXT NOT NULL,
    id TEXT NOT NULL,
    profile TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (application, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE revision (
    name TEXT PRIMARY KEY,
    bundle BLOB,
    messages INTEGER NOT NULL
) STRICT;
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x43485052;
PRAGMA user_version = 1;
COMMIT;
)sql",
    // What the policy counts and looks up. Sums as above, also in the tables without a comment.
    R"sql(
BEGIN IMMEDIATE;
ALTER TABLE progress ADD COLUMN slots BLOB NOT NULL DEFAULT x'';
ALTER TABLE progress ADD COLUMN follow_up INTEGER NOT NULL DEFAULT 0;
CREATE INDEX progress_following ON progress (follow_up) WHERE follow_up > 0;
CREATE TABLE usage (
    scope INTEGER NOT NULL,
    first INTEGER NOT NULL,
    entries BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (scope, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE kind (
    id INTEGER PRIMARY KEY,
    used INTEGER NOT NULL,
    application TEXT NOT NULL,
    class TEXT NOT NULL,
    category TEXT NOT NULL,
    channel TEXT NOT NULL,
    campaign TEXT NOT NULL,
    sender TEXT NOT NULL,
    tags TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE group_member (
    scope INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    key INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (scope, rank DESC, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE collected (
    leader INTEGER NOT NULL,
    key INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (leader, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE collapse (
    scope INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE consent (
    application TEXT NOT NULL,
    recipient TEXT NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    topic TEXT NOT NULL,
    state INTEGER NOT NULL,
    source TEXT NOT NULL,
    proof TEXT NOT NULL,
    at INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (application, recipient, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE person_event (
    application TEXT NOT NULL,
    recipient TEXT NOT NULL,
    event TEXT NOT NULL,
    at INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (application, recipient, event)
) STRICT, WITHOUT ROWID;
CREATE TABLE suppression (
    channel TEXT NOT NULL,
    address TEXT NOT NULL,
    reach INTEGER NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    until INTEGER,
    sum INTEGER NOT NULL,
    PRIMARY KEY (channel, address, reach)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure (
    application TEXT NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (application, recipient)
) STRICT, WITHOUT ROWID;
CREATE TABLE erasure_waits (
    key INTEGER PRIMARY KEY
) STRICT;
PRAGMA user_version = 2;
COMMIT;
)sql",
    // What providers report later. `segment` finds the attempt behind a provider's id, `last_sent` the message that a
    // person answers, `stray` holds reports that came too early or belong to nothing, `feed` is what applications read.
    R"sql(
BEGIN IMMEDIATE;
CREATE TABLE segment (
    route TEXT NOT NULL,
    id TEXT NOT NULL,
    key INTEGER NOT NULL,
    number INTEGER NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    fate INTEGER NOT NULL,
    at INTEGER NOT NULL,
    code TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (route, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE last_sent (
    scope INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE stray (
    stray INTEGER PRIMARY KEY AUTOINCREMENT,
    key INTEGER NOT NULL,
    tail INTEGER NOT NULL,
    number INTEGER NOT NULL,
    word INTEGER NOT NULL,
    at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    route TEXT NOT NULL,
    channel TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
CREATE TABLE feed (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key INTEGER,
    tail INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    part INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    effect INTEGER NOT NULL,
    at INTEGER NOT NULL,
    noted_at INTEGER NOT NULL,
    application TEXT NOT NULL,
    kind TEXT NOT NULL,
    route TEXT NOT NULL,
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    address TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    provider_id TEXT NOT NULL,
    dedupe TEXT,
    sum INTEGER NOT NULL
) STRICT;
CREATE INDEX feed_message ON feed (key) WHERE key IS NOT NULL;
CREATE INDEX feed_strangers ON feed (address) WHERE key IS NULL;
CREATE INDEX feed_repeats ON feed (dedupe) WHERE dedupe IS NOT NULL;
PRAGMA user_version = 3;
COMMIT;
)sql",
    // A receipt may tell the price.
    R"sql(
BEGIN IMMEDIATE;
ALTER TABLE stray ADD COLUMN cost TEXT NOT NULL DEFAULT '';
PRAGMA user_version = 4;
COMMIT;
)sql",
    // Messages that something is known against: how often the daemon died with one in hand, or that it is held because
    // its row did not read whole while it waited.
    R"sql(
BEGIN IMMEDIATE;
CREATE TABLE suspect (
    key INTEGER PRIMARY KEY,
    deaths INTEGER NOT NULL,
    is_damaged INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 5;
COMMIT;
)sql",
    // The store's name, and how far its journal of what left was known to be whole (journal.hpp). `journal` 0: it never
    // had one, so that an older store is not taken for a backup that was put back.
    R"sql(
BEGIN IMMEDIATE;
CREATE TABLE identity (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    id TEXT NOT NULL,
    mark INTEGER NOT NULL,
    journal INTEGER NOT NULL
) STRICT;
INSERT INTO identity VALUES (1, lower(hex(randomblob(16))), 0, 0);
PRAGMA user_version = 6;
COMMIT;
)sql",
    // Lists and counts of our own in place of indexes (live.hpp): fewer pages a commit, and a damaged row is replaced
    // by itself. A revision says until when it may be needed.
    R"sql(
BEGIN IMMEDIATE;
DROP INDEX progress_waiting;
DROP INDEX progress_expiring;
DROP INDEX progress_following;
DROP INDEX attempt_open;
ALTER TABLE revision ADD COLUMN used_until INTEGER NOT NULL DEFAULT 0;
UPDATE revision SET used_until = (unixepoch() + 86400) * 1000 WHERE messages > 0;
)sql" CHAPAR_CREATE_LIVE CHAPAR_FILL_LIVE R"sql(
PRAGMA user_version = 7;
COMMIT;
)sql",
    // The search index (search.hpp).
    R"sql(
BEGIN IMMEDIATE;
CREATE TABLE search_run (
    run INTEGER PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL
) STRICT;
CREATE TABLE search_chunk (
    run INTEGER NOT NULL,
    term INTEGER NOT NULL,
    key INTEGER NOT NULL,
    entries BLOB NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (run, term, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE search_late (
    term INTEGER NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (term, key)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 8;
COMMIT;
)sql",
    // Whose profile holds an address; what is found is compared with the profile. Then names_step.hpp.
    R"sql(
BEGIN IMMEDIATE;
CREATE TABLE recipient_address (
    application TEXT NOT NULL,
    address TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (application, address, id)
) STRICT, WITHOUT ROWID;
)sql",
    // A message that comes to rest, or moves on from there, is an entry of the feed: as little as its commit must hold,
    // the rest is read from the message. Numbers are shared with `feed`.
    R"sql(
BEGIN IMMEDIATE;
ALTER TABLE feed ADD COLUMN state INTEGER;
CREATE TABLE turn (
    number INTEGER PRIMARY KEY,
    key INTEGER NOT NULL,
    tail INTEGER NOT NULL,
    at INTEGER NOT NULL,
    state INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    bounced INTEGER NOT NULL,
    sum INTEGER NOT NULL
) STRICT;
PRAGMA user_version = 10;
COMMIT;
)sql",
    // The counts of all pools stand together: a start reads them in one go.
    R"sql(
BEGIN IMMEDIATE;
UPDATE live SET pool = -2, due = pool WHERE due = (-9223372036854775807 - 1);
PRAGMA user_version = 11;
COMMIT;
)sql",
    // Runs of the search index are merged by levels.
    R"sql(
BEGIN IMMEDIATE;
ALTER TABLE search_run ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 12;
COMMIT;
)sql",
    // What the policy needs of a request, beside it (model/policy_fields.hpp). Empty: the row is from before.
    R"sql(
BEGIN IMMEDIATE;
ALTER TABLE message ADD COLUMN fields BLOB NOT NULL DEFAULT x'';
PRAGMA user_version = 13;
COMMIT;
)sql",
    // What a commit changes of the uses is one row; chunks are written behind it (use_journal.hpp).
    use_journal_step,
    // Whose life an attempt is in hand of (0: one before lives were counted, which is over), and the highest key.
    owners_step,
    webhooks_step,
    hits_step,
    short_links_step,
    soft_bounces_step,
    // Counts for reports; then tallies_step.hpp.
    tallies_step,
};
constexpr std::size_t names_step = 8;

/// What a step of the schema needs besides its statements, and its end.
bool finish(Connection& connection, std::size_t at, std::string_view country, std::string_view zone) {
    if (at == names_step)
        return rename_people(connection, country) && connection.run("PRAGMA user_version = 9; COMMIT");
    if (steps[at] == tallies_step)
        return count_what_is_there(connection, zone) && connection.run("PRAGMA user_version = 20; COMMIT");
    return true;
}

}  // namespace

const char* const rebuild_live_sql = "DROP TABLE live;" CHAPAR_CREATE_LIVE CHAPAR_FILL_LIVE;

const char* const create_use_journal_sql = CHAPAR_CREATE_USE_JOURNAL;

int schema_version() { return static_cast<int>(std::size(steps)); }

std::optional<Error> refusal(Connection& connection) {
    const auto id = connection.number("PRAGMA application_id");
    const auto version = connection.number("PRAGMA user_version");
    const auto objects = connection.number("SELECT count(*) FROM sqlite_schema");
    if (connection.fault() != 0) return connection.error();
    if (!id || !version || !objects) return Error(Code::unavailable, "the database's header can't be read");
    if (*id == 0 && *version == 0 && *objects == 0) return std::nullopt;
    if (*id != application_id) return Error(Code::incompatible, "this is a database, but not one of Chapar");
    if (*version > schema_version()) {
        return Error(Code::incompatible, "the database has schema " + std::to_string(*version) +
                                             "; this program knows up to " + std::to_string(schema_version()) +
                                             ": run the newer version");
    }
    return std::nullopt;
}

Result<bool> bring_up(Connection& connection, std::string_view country, std::string_view zone) {
    if (auto refused = refusal(connection)) return std::unexpected(*refused);
    const auto version = connection.number("PRAGMA user_version");
    for (auto at = static_cast<std::size_t>(version.value_or(0)); at < std::size(steps); ++at) {
        if (connection.run(steps[at]) && finish(connection, at, country, zone)) continue;
        auto error = connection.error();
        connection.clear_fault();
        connection.run("ROLLBACK");
        connection.clear_fault();
        return std::unexpected(error);
    }
    return true;
}

}  // namespace chapar::store::sqlite
