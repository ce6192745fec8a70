// The write-ahead log as one connection gathers it: what another connection and the same one see of it, and what a full
// disk does. SQLite itself is the judge.

#include "store/sqlite/wal_buffer.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>

#include "contract.hpp"

namespace {
thread_local bool cpp_has_no_memory = false;
}

// SQLite itself takes its memory from malloc, so only what C++ asks for is refused.
__attribute__((noinline)) void* operator new(std::size_t size) {
    void* const memory = cpp_has_no_memory ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}
__attribute__((noinline)) void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return cpp_has_no_memory ? nullptr : std::malloc(size == 0 ? 1 : size);
}
__attribute__((noinline)) void operator delete(void* memory) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
__attribute__((noinline)) void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace chapar::store::sqlite {
namespace {

struct Database {
    Database(const std::string& path, const char* vfs) {
        EXPECT_EQ(sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs), SQLITE_OK);
    }
    ~Database() { sqlite3_close(db); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;
    int run(const std::string& sql) const { return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr); }
    std::int64_t number(const char* sql) const {
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr), SQLITE_OK) << sql;
        const auto out = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
        sqlite3_finalize(statement);
        return out;
    }
    sqlite3* db = nullptr;
};

class WalBuffer : public testing::Test {
  protected:
    WalBuffer() {
        EXPECT_EQ(writer.run("PRAGMA page_size = 2048; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                             "PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (n INTEGER PRIMARY KEY, x BLOB)"),
                  SQLITE_OK);
    }
    int add(int rows) const {
        return writer.run("WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < " +
                          std::to_string(rows) + ") INSERT INTO t (x) SELECT randomblob(900) FROM r");
    }
    std::int64_t log_size() const { return static_cast<std::int64_t>(std::filesystem::file_size(path + "-wal")); }

    TemporaryDirectory directory;
    const std::string path = (directory.path() / "t.db").string();
    Database writer{path, gathering_vfs()};
    Database reader{path, nullptr};
};

TEST_F(WalBuffer, another_connection_sees_each_commit_whole_and_nothing_before) {
    ASSERT_STREQ(gathering_vfs(), "chapar-gathering");
    for (const int rows : {1, 3, 200, 1000, 1}) {
        const auto before = reader.number("SELECT count(*) FROM t");
        ASSERT_EQ(writer.run("BEGIN IMMEDIATE"), SQLITE_OK);
        ASSERT_EQ(add(rows), SQLITE_OK);
        EXPECT_EQ(reader.number("SELECT count(*) FROM t"), before);
        ASSERT_EQ(writer.run("COMMIT"), SQLITE_OK);
        EXPECT_EQ(reader.number("SELECT count(*) FROM t"), before + rows);
        EXPECT_EQ(reader.number("SELECT count(*) FROM t WHERE length(x) = 900"), before + rows);
    }
    EXPECT_EQ(reader.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

/// A transaction that is larger than the cache is written to the log before its end, and read from there.
TEST_F(WalBuffer, a_transaction_reads_its_own_pages_back) {
    ASSERT_EQ(writer.run("PRAGMA cache_size = 10; BEGIN IMMEDIATE"), SQLITE_OK);
    ASSERT_EQ(add(3000), SQLITE_OK);
    EXPECT_GT(log_size(), 1 << 20) << "the cache did not overflow: this proves nothing";
    EXPECT_EQ(writer.number("SELECT sum(length(x)) FROM t"), 3000 * 900);
    EXPECT_EQ(reader.number("SELECT count(*) FROM t"), 0);
    ASSERT_EQ(writer.run("ROLLBACK"), SQLITE_OK);
    ASSERT_EQ(add(5), SQLITE_OK);
    EXPECT_EQ(writer.number("SELECT sum(length(x)) FROM t"), 5 * 900);
    EXPECT_EQ(reader.number("SELECT sum(length(x)) FROM t"), 5 * 900);
}

/// Between two of SQLite's C functions an exception would leave the log's locks taken for ever.
TEST_F(WalBuffer, a_commit_needs_no_memory_of_cpp) {
    cpp_has_no_memory = true;
    const int code = sqlite3_exec(writer.db, "INSERT INTO t (x) VALUES (randomblob(50000))", nullptr, nullptr, nullptr);
    cpp_has_no_memory = false;
    EXPECT_EQ(code, SQLITE_OK);
    EXPECT_EQ(reader.number("SELECT sum(length(x)) FROM t"), 50000);
}

TEST_F(WalBuffer, a_copy_of_the_files_after_a_commit_has_it) {
    ASSERT_EQ(add(50), SQLITE_OK);
    std::filesystem::copy_file(path, path + ".copy");
    std::filesystem::copy_file(path + "-wal", path + ".copy-wal");
    const Database copy(path + ".copy", nullptr);
    EXPECT_EQ(copy.number("SELECT sum(length(x)) FROM t"), 50 * 900);
}

TEST_F(WalBuffer, a_file_that_may_not_grow_fails_the_commit_and_keeps_what_was) {
    ASSERT_EQ(add(10), SQLITE_OK);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit old{};
    getrlimit(RLIMIT_FSIZE, &old);
    const rlimit tight{static_cast<rlim_t>(log_size()) + 4096, old.rlim_max};
    setrlimit(RLIMIT_FSIZE, &tight);
    const int refused = add(100);
    setrlimit(RLIMIT_FSIZE, &old);
    std::signal(SIGXFSZ, old_handler);
    EXPECT_NE(refused, SQLITE_OK);
    EXPECT_EQ(reader.number("SELECT count(*) FROM t"), 10);
    EXPECT_EQ(writer.number("SELECT count(*) FROM t"), 10);
    ASSERT_EQ(add(7), SQLITE_OK);
    EXPECT_EQ(reader.number("SELECT count(*) FROM t"), 17);
}

}  // namespace
}  // namespace chapar::store::sqlite
