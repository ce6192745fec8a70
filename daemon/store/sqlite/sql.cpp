#include "store/sqlite/sql.hpp"

#include <sqlite3.h>

#include <atomic>
#include <mutex>

#include "store/sqlite/wal_buffer.hpp"

namespace chapar::store::sqlite {
namespace {

/// SQLite's own statistics take a global lock at every allocation; nothing here reads them.
void configure_once() {
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

std::atomic<std::int64_t> all_caches;

int open_flags(Access access) {
    switch (access) {
        case Access::create:
            return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        case Access::write:
        case Access::append:
            return SQLITE_OPEN_READWRITE;
        case Access::read:
            return SQLITE_OPEN_READONLY;
    }
    return SQLITE_OPEN_READONLY;
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Access access) {
    configure_once();
    sqlite3* db = nullptr;
    const int flags = open_flags(access) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
    const int code = sqlite3_open_v2(path.c_str(), &db, flags, access == Access::append ? gathering_vfs() : nullptr);
    std::unique_ptr<Connection> connection(new Connection(db));
    if (code != SQLITE_OK)
        return fail(Code::unavailable, path + ": " + (db ? sqlite3_errmsg(db) : sqlite3_errstr(code)));
    sqlite3_busy_timeout(db, busy_timeout_ms);
    // The last connection to close would fold the WAL in by itself; the store decides when that is right.
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return connection;
}

Connection::~Connection() {
    sqlite3_close(db_);
    all_caches.fetch_sub(noted_cache_, std::memory_order_relaxed);
}

void Connection::note_cache() {
    int now = 0, most = 0;
    if (sqlite3_db_status(db_, SQLITE_DBSTATUS_CACHE_USED, &now, &most, 0) != SQLITE_OK) return;
    all_caches.fetch_add(now - noted_cache_, std::memory_order_relaxed);
    noted_cache_ = now;
}

std::int64_t cache_bytes() { return all_caches.load(std::memory_order_relaxed); }

bool Connection::run(const char* literal) {
    if (fault_ != 0) return false;
    const int code = sqlite3_exec(db_, literal, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) set_fault(code);
    return code == SQLITE_OK;
}

std::optional<std::int64_t> Connection::number(const char* literal) {
    Statement statement(*this, literal);
    auto rows = statement.query();
    if (!rows.next()) return std::nullopt;
    return rows.integer(0);
}

Error Connection::error() const { return Error(meaning(fault_), fault_text_); }

void Connection::set_fault(int code) {
    if (fault_ != 0) return;
    fault_ = code;
    fault_text_ = sqlite3_errmsg(db_);
}

void Connection::clear_fault() {
    fault_ = 0;
    fault_text_.clear();
}

bool Connection::forgive_corruption() {
    if ((fault_ & 0xFF) != SQLITE_CORRUPT) return false;
    clear_fault();
    return true;
}

int Connection::changes() const { return sqlite3_changes(db_); }

Code meaning(int sqlite_code) {
    switch (sqlite_code & 0xFF) {
        case SQLITE_CORRUPT:
            return Code::corrupt;
        case SQLITE_NOTADB:
            return Code::incompatible;
        default:
            return Code::unavailable;
    }
}

bool is_io_error(int sqlite_code) { return (sqlite_code & 0xFF) == SQLITE_IOERR; }

bool is_of_the_disk(int sqlite_code) {
    switch (sqlite_code & 0xFF) {
        case SQLITE_IOERR:
        case SQLITE_FULL:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL:
        case SQLITE_NOMEM:
        case SQLITE_PERM:
            return true;
        default:
            return false;
    }
}

Rows::~Rows() {
    if (statement_.statement_) sqlite3_reset(statement_.statement_);
}

bool Rows::next() {
    if (statement_.connection_.fault() != 0) return false;
    const int code = sqlite3_step(statement_.statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) statement_.connection_.set_fault(code);
    return false;
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_.statement_, column); }
bool Rows::is_null(int column) const { return sqlite3_column_type(statement_.statement_, column) == SQLITE_NULL; }

bool Rows::is_integer(int column) const { return sqlite3_column_type(statement_.statement_, column) == SQLITE_INTEGER; }
bool Rows::is_blob(int column) const { return sqlite3_column_type(statement_.statement_, column) == SQLITE_BLOB; }

std::string_view Rows::bytes(int column) const {
    const void* data = sqlite3_column_blob(statement_.statement_, column);
    const int size = sqlite3_column_bytes(statement_.statement_, column);
    return data ? std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size)) : std::string_view();
}

void Statement::prepare() {
    if (connection_.fault() != 0) return;
    check(sqlite3_prepare_v3(connection_.raw(), literal_, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::bind(int index, std::int64_t value) { check(sqlite3_bind_int64(statement_, index, value)); }

void Statement::bind(int index, std::string_view text) {
    // A null pointer would bind NULL.
    check(sqlite3_bind_text64(statement_, index, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                              SQLITE_UTF8));
}

void Statement::bind(int index, Blob blob) {
    const char* data = blob.bytes.data() ? blob.bytes.data() : "";
    check(sqlite3_bind_blob64(statement_, index, data, blob.bytes.size(), SQLITE_STATIC));
}

void Statement::bind(int index, const std::optional<std::int64_t>& value) {
    if (value) {
        bind(index, *value);
    } else {
        check(sqlite3_bind_null(statement_, index));
    }
}

bool Statement::finish() {
    if (connection_.fault() != 0) return false;
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_DONE && code != SQLITE_ROW) connection_.set_fault(code);
    sqlite3_reset(statement_);
    return connection_.fault() == 0;
}

void Statement::check(int code) {
    if (code != SQLITE_OK && connection_.fault() == 0) connection_.set_fault(code);
}

}  // namespace chapar::store::sqlite
