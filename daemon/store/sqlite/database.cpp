#include "store/sqlite/database.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include "base/log.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr auto heal_interval = std::chrono::milliseconds(100);
constexpr auto journal_interval = std::chrono::seconds(1);
constexpr std::int64_t journal_file_bytes = 8 << 20;
constexpr Milliseconds readers_pause{100};

int on_wal_grown(void* checkpointer, sqlite3*, const char*, int frames) {
    static_cast<Checkpointer*>(checkpointer)->note(frames);
    return SQLITE_OK;
}

}  // namespace

std::optional<engine::CountSnapshot> read_counts(Connection& connection) {
    engine::CountSnapshot out;
    {
        Statement statement(connection, "SELECT id, class, application, campaign FROM pool");
        auto rows = statement.query();
        while (rows.next())
            out.pools.push_back({PoolId{rows.integer(0)}, std::string(rows.bytes(1)), std::string(rows.bytes(2)),
                                 std::string(rows.bytes(3))});
    }
    Statement counts(connection, "SELECT due, key, expires FROM live WHERE pool = ?1");
    auto rows = counts.query(counts_pool);
    while (rows.next()) {
        const PoolId pool{rows.integer(0)};
        const auto count = rows.integer(2);
        if (pool.value == finished_pool && rows.integer(1) == highest_pool_key)
            out.highest = std::max(out.highest, PoolId{count});
        if (const auto state = state_of(rows.integer(1))) out.counts.push_back({pool, *state, count});
    }
    if (connection.fault() != 0) return std::nullopt;
    return out;
}

SqliteDatabase::Session::Session(std::unique_ptr<Connection> made, TableMemory& memory, const Clock& clock)
    : connection(std::move(made)),
      tables(*connection, memory, clock),
      begin(*connection, "BEGIN IMMEDIATE"),
      commit(*connection, "COMMIT"),
      put_mark(*connection, "UPDATE identity SET mark = ?1, journal = ?2"),
      put_epoch(*connection, "UPDATE identity SET epoch = ?1") {}

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(Connect connect, std::string path, const Clock& clock,
                                                             Company company) {
    std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(std::move(connect), std::move(path), clock, company));
    if (!database->connect()) return std::unexpected(*database->last_failure_);
    database->file_ = database->identity();
    // What is pending of the uses is read before anybody waits. Damage is marked; where that fails now, it is tried
    // again.
    rules::Changes none;
    if (!database->begin() || !database->commit(none)) database->roll_back(none);
    return database;
}

SqliteDatabase::SqliteDatabase(Connect connect, std::string path, const Clock& clock, Company company)
    : connect_(std::move(connect)), path_(std::move(path)), clock_(clock), company_(company) {
    memory_.self = {NodeId{0}, company.life.epoch};
}

SqliteDatabase::~SqliteDatabase() = default;

bool SqliteDatabase::connect() {
    session_.reset();
    auto connection = connect_();
    if (!connection) {
        last_failure_ = connection.error();
        return false;
    }
    sqlite3_wal_hook((*connection)->raw(), &on_wal_grown, &company_.checkpointer);
    session_ = std::make_unique<Session>(std::move(*connection), memory_, clock_);
    if (session_->connection->fault() == 0) return true;
    last_failure_ = session_->connection->error();
    session_.reset();
    return false;
}

std::optional<Error> SqliteDatabase::refusal() {
    if (broken_ && !heal()) return last_failure_;
    return std::nullopt;
}

bool SqliteDatabase::begin() {
    session_->tables.begin();
    if (!session_->begin.run()) return false;
    session_->tables.uses().begin();
    return session_->connection->fault() == 0;
}

bool SqliteDatabase::commit(rules::Changes& changes) {
    session_->tables.flush(changes.counts);
    if (!company_.life.is_stored) session_->put_epoch.run(company_.life.epoch);
    if (!session_->commit.run()) return false;
    company_.life.is_stored = true;
    // Commits to a file without a name succeed, and are gone at the next start.
    vanished_ = vanished();
    return !vanished_;
}

engine::Database::Failure SqliteDatabase::roll_back(const rules::Changes& changes) {
    Connection& connection = *session_->connection;
    const int code = connection.fault();
    Failure failure{connection.error(), is_of_the_disk(code)};
    if (vanished_) {
        failure = {*std::exchange(vanished_, std::nullopt), true};
        broken_ = true;
    } else if (is_io_error(code)) {
        broken_ = true;
        next_heal_ = clock_.monotonic() + heal_interval;
    }
    if (meaning(code) == Code::corrupt) {
        damage_.unreadable = true;
        if (changes.looking_at) damage_.rows.push_back(*changes.looking_at);
    }
    std::ranges::copy(changes.damaged, std::back_inserter(damage_.rows));
    connection.clear_fault();
    connection.run("ROLLBACK");  // fails when SQLite has rolled back by itself
    connection.clear_fault();
    session_->tables.forget();
    last_failure_ = failure.error;
    return failure;
}

void SqliteDatabase::committed(const rules::Changes& changes) {
    Connection& connection = *session_->connection;
    connection.note_cache();
    std::ranges::copy(changes.damaged, std::back_inserter(damage_.rows));
    if (session_->tables.take_recounted()) {
        if (const auto counts = read_counts(connection))
            company_.counters.load(*counts, clock_.monotonic());
        else
            connection.clear_fault();
    }
    write_journal(changes);
}

/// A new connection, and the whole WAL folded into the database and synced. Other connections keep the WAL's index
/// alive meanwhile, so the frames of the failed commit, which it does not list, are dropped and not recovered.
bool SqliteDatabase::heal() {
    if (clock_.monotonic() < next_heal_) return false;
    next_heal_ = clock_.monotonic() + heal_interval;
    if (auto gone = vanished()) {
        last_failure_ = gone;
        return false;
    }
    if (!connect()) return false;
    Connection& connection = *session_->connection;
    const auto busy = connection.number("PRAGMA wal_checkpoint(TRUNCATE)");
    if (connection.fault() != 0 || busy != 0) {
        last_failure_ =
            connection.fault() != 0 ? connection.error() : Error(Code::unavailable, "the write-ahead log is in use");
        connection.clear_fault();
        return false;
    }
    broken_ = false;
    return true;
}

bool SqliteDatabase::wants_upkeep() const {
    return broken_ || session_->tables.uses().has_pending() || company_.checkpointer.wants_finish() ||
           (journal_ && !journal_->is_whole());
}

void SqliteDatabase::upkeep() {
    if (broken_) {
        heal();
        return;
    }
    company_.audit.report(std::exchange(damage_.rows, {}), {}, std::exchange(damage_.unreadable, false));
    if (journal_) mend_journal();
    merge_uses();
    if (!company_.checkpointer.wants_finish()) return;
    finish_checkpoint();
    company_.checkpointer.finished();
}

/// The WAL begins anew only when nobody reads from it. Reads are short, but there may always be one: they stand still
/// for a moment. The file is cut to journal_size_limit then.
void SqliteDatabase::finish_checkpoint() {
    Connection& connection = *session_->connection;
    // Nothing can be folded that is newer than what somebody still reads, so they stand still first.
    const bool is_quiet = company_.readers.pause(readers_pause);
    const auto folded = checkpoint(connection);
    if (is_quiet && folded && folded->done == folded->frames) restart_wal(connection);
    company_.readers.resume();
}

/// Between two commits, a little at a time. Beyond the bound it goes on until it is within: nothing is refused.
void SqliteDatabase::merge_uses() {
    Usage& uses = session_->tables.uses();
    do {
        const auto scopes = uses.wants_merge();
        if (scopes == 0 || broken_) return;
        rules::Changes none;
        const bool has_begun = begin();
        if (has_begun) uses.merge(scopes);
        if (has_begun && session_->connection->fault() == 0 && commit(none)) continue;
        roll_back(none);
        return;
    } while (uses.is_over_bound());
}

void SqliteDatabase::use_journal(std::unique_ptr<Journal> journal, std::int64_t mark, Milliseconds keep) {
    journal_ = std::move(journal);
    mark_ = mark;
    keep_journal_ = keep;
    journal_->drop_before(clock_.now() - keep);
}

void SqliteDatabase::put_mark(std::int64_t mark, JournalState state) {
    session_->put_mark.run(mark, static_cast<std::int64_t>(state));
}

/// Behind the commit and before its answers: nothing leaves that is not on disk here and there. When it fails, the
/// store itself remembers that the journal has a gap: sending goes on, and a backup that is restored then holds all.
void SqliteDatabase::write_journal(const rules::Changes& changes) {
    if (!journal_ || !journal_->is_whole()) return;
    for (const auto& step : changes.steps)
        journal_->note(step.key, step.before, step.now, step.attempts);
    if (!journal_->flush()) commit_mark(JournalState::broken);
}

bool SqliteDatabase::commit_mark(JournalState state) {
    if (begin()) put_mark(mark_, state);
    rules::Changes none;
    if (session_->connection->fault() == 0 && commit(none)) return true;
    roll_back(none);
    return false;
}

/// A new file when this one is full, or when the last one failed.
void SqliteDatabase::mend_journal() {
    const bool was_whole = journal_->is_whole();
    if (was_whole && journal_->file_bytes() < journal_file_bytes) return;
    if (clock_.monotonic() < next_journal_) return;
    next_journal_ = clock_.monotonic() + journal_interval;
    ++mark_;
    if (!commit_mark(was_whole ? JournalState::whole : JournalState::broken)) return;
    if (!journal_->begin(mark_, journal_->number() + 1, !was_whole)) return;
    if (!was_whole && !commit_mark(JournalState::whole)) return;
    journal_->drop_before(clock_.now() - keep_journal_);
}

SqliteDatabase::FileIdentity SqliteDatabase::identity() const {
    struct stat info{};
    if (stat(path_.c_str(), &info) != 0) return {};
    return {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino)};
}

std::optional<Error> SqliteDatabase::vanished() const {
    if (identity() == file_) return std::nullopt;
    return Error(Code::unavailable, path_ + " was removed or replaced while it was open");
}

}  // namespace chapar::store::sqlite
