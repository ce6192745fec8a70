#include "store/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/read_rows.hpp"
#include "store/sqlite/schema.hpp"

namespace chapar::store {
namespace {

using namespace sqlite;

constexpr int pages_a_step = 512;
constexpr std::array side_files = {"", "-wal", "-shm"};

Error os_error(const std::string& what) { return Error(Code::unavailable, what + ": " + std::strerror(errno)); }

/// The bytes and the name are on disk.
bool make_last(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const bool synced = fd >= 0 && ::fsync(fd) == 0;
    if (fd >= 0) ::close(fd);
    auto parent = std::filesystem::path(path).parent_path();
    if (parent.empty()) parent = ".";
    const int folder = ::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool named = folder >= 0 && ::fsync(folder) == 0;
    if (folder >= 0) ::close(folder);
    return synced && named;
}

struct BackupEnd {
    void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

/// One snapshot is held for the whole copy, so that it never begins anew, however much is written meanwhile.
Result<void> copy_pages(Connection& from, Connection& to,
                        const std::function<bool(std::int64_t, std::int64_t)>& progress) {
    if (!from.run("BEGIN") || !from.number("SELECT count(*) FROM sqlite_schema")) return std::unexpected(from.error());
    std::unique_ptr<sqlite3_backup, BackupEnd> backup(sqlite3_backup_init(to.raw(), "main", from.raw(), "main"));
    if (!backup) return fail(Code::unavailable, sqlite3_errmsg(to.raw()));
    int code = SQLITE_OK;
    while (code == SQLITE_OK) {
        code = sqlite3_backup_step(backup.get(), pages_a_step);
        const auto all = sqlite3_backup_pagecount(backup.get());
        if (progress && !progress(all - sqlite3_backup_remaining(backup.get()), all))
            return fail(Code::closed, "the backup was given up");
    }
    backup.reset();
    if (code != SQLITE_DONE) return fail(meaning(code), sqlite3_errstr(code));
    return {};
}

/// What SQLite's own check can't see: a row whose bytes have changed.
Result<void> check_sums(Connection& connection, const std::string& file) {
    std::int64_t damaged = 0;
    {
        Statement progress(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress");
        for (auto rows = progress.query(); rows.next();)
            damaged += read_progress(rows) ? 0 : 1;
        Statement message(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message");
        for (auto rows = message.query(); rows.next();)
            damaged += read_message(rows) ? 0 : 1;
    }
    if (connection.fault() != 0) return fail(Code::corrupt, file + ": " + connection.error().message());
    if (damaged != 0)
        return fail(Code::corrupt, fmt::format("{} is damaged: {} rows do not match their sums", file, damaged));
    return {};
}

}  // namespace

Result<void> back_up(const std::string& from, const std::string& to,
                     const std::function<bool(std::int64_t, std::int64_t)>& progress) {
    const int fd = ::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return std::unexpected(os_error(to));
    ::close(fd);
    const auto copy = [&]() -> Result<void> {
        auto source = Connection::open(from, Access::read);
        if (!source) return std::unexpected(source.error());
        auto target = Connection::open(to, Access::write);
        if (!target) return std::unexpected(target.error());
        if (!(*target)->run("PRAGMA synchronous = OFF")) return std::unexpected((*target)->error());
        if (auto copied = copy_pages(**source, **target, progress); !copied) return copied;
        // A copy is one file: nothing of it waits in a log beside it.
        if (!(*target)->run("PRAGMA journal_mode = DELETE")) return std::unexpected((*target)->error());
        return {};
    }();
    if (copy && make_last(to)) return {};
    auto error = copy ? os_error(to) : copy.error();
    ::unlink(to.c_str());
    return std::unexpected(std::move(error));
}

Result<Inspection> inspect(const std::string& file, const std::string& database) {
    auto opened = Connection::open(file, Access::read);
    if (!opened) return std::unexpected(opened.error());
    Connection& connection = **opened;
    if (auto refused = refusal(connection)) return std::unexpected(*refused);
    {
        Statement check(connection, "PRAGMA integrity_check(1)");
        auto rows = check.query();
        if (!rows.next()) return fail(Code::corrupt, file + " is damaged: " + connection.error().message());
        if (rows.bytes(0) != "ok") return fail(Code::corrupt, file + " is damaged: " + std::string(rows.bytes(0)));
    }
    Inspection out;
    out.schema = static_cast<int>(connection.number("PRAGMA user_version").value_or(0));
    out.waiting = connection.number("SELECT count(*) FROM progress WHERE state IN (0, 1)").value_or(0);
    if (connection.fault() != 0) return fail(Code::corrupt, file + ": " + connection.error().message());
    // The sums of an older schema are checked when it has been brought up to date, row by row.
    if (out.schema == schema_version()) {
        if (auto whole = check_sums(connection, file); !whole) return std::unexpected(whole.error());
    }
    if (out.schema < identity_schema) return out;
    const auto identity = read_identity(connection);
    if (!identity) return std::unexpected(identity.error());
    out.store_id = identity->id;
    out.mark = identity->mark;
    const auto told = Journal::read(database, identity->id, identity->mark);
    out.is_covered = told.is_covered;
    Statement progress(connection, "SELECT state, attempts FROM progress WHERE key = ?1 AND state IN (0, 1)");
    for (const auto& [key, known] : told.last) {
        auto rows = progress.query(key);
        if (!rows.next()) continue;
        const auto state = static_cast<model::State>(rows.integer(0));
        const auto what = rules::compare({state, static_cast<int>(rows.integer(1))}, known);
        if (what == rules::TakeOver::doubt) ++out.in_doubt;
        if (what == rules::TakeOver::over) ++out.known;
    }
    if (connection.fault() != 0) return fail(Code::corrupt, file + ": " + connection.error().message());
    return out;
}

Result<std::string> put_back(const std::string& file, const std::string& database, Timestamp now) {
    auto lock = FileLock::take(database);
    if (!lock) return fail(Code::unavailable, "chapard runs on " + database + ": stop it first");
    const auto fresh = database + ".restoring";
    ::unlink(fresh.c_str());
    if (auto copied = back_up(file, fresh, nullptr); !copied) return std::unexpected(copied.error());
    struct stat owner{};
    std::string kept;
    if (::stat(database.c_str(), &owner) == 0) {
        // As root the file is made for whom the daemon runs as.
        if (::geteuid() == 0 && ::chown(fresh.c_str(), owner.st_uid, owner.st_gid) != 0)
            return std::unexpected(os_error(fresh));
        kept = fmt::format("{}.replaced-{}", database, to_ms(now) / 1'000);
        for (const auto* side : side_files) {
            if (::rename((database + side).c_str(), (kept + side).c_str()) != 0 && errno != ENOENT)
                return std::unexpected(os_error(database + side));
        }
    }
    if (::rename(fresh.c_str(), database.c_str()) != 0 || !make_last(database))
        return std::unexpected(os_error(database));
    return kept;
}

}  // namespace chapar::store
