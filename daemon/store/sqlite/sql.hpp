#pragma once
// Owners of SQLite's handles. An error sticks to its connection: statements of a failed connection do nothing until
// the fault is cleared, so that a sequence of statements is checked once, at its end.
// One thread at a time per connection; statements must be gone before their connection.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/result.hpp"
#include "store/values.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace chapar::store::sqlite {

/// How long a statement waits for another connection's lock.
inline constexpr int busy_timeout_ms = 5000;

enum class Access {
    create,  // read and write; made when missing
    write,   // read and write an existing file
    append,  // as `write`, with the log's writes gathered (wal_buffer.hpp): only with synchronous = FULL
    read,
};

class Connection {
  public:
    /// Does not look into the file yet. Errors: unavailable.
    static Result<std::unique_ptr<Connection>> open(const std::string& path, Access access);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Runs literal SQL to its end. False: the fault is set.
    bool run(const char* literal);
    /// First column of the first row; nothing when there is no row or a fault.
    std::optional<std::int64_t> number(const char* literal);

    /// SQLite's extended result code of the first failure; 0 is none.
    int fault() const { return fault_; }
    Error error() const;
    void set_fault(int code);
    void clear_fault();
    /// Clears a fault that is damage in the rows just asked for, so that others can go on. False: no such fault.
    bool forgive_corruption();
    /// Rows changed by the last statement.
    int changes() const;
    sqlite3* raw() const { return db_; }
    /// Counts the memory of this connection's page cache in cache_bytes().
    void note_cache();

  private:
    explicit Connection(sqlite3* db) : db_(db) {}
    sqlite3* db_;
    std::int64_t noted_cache_ = 0;
    int fault_ = 0;
    std::string fault_text_;
};

/// Bytes of memory in the page caches of all open connections of the process, as each was last noted. Any thread.
std::int64_t cache_bytes();

/// What a result code means to a caller of the store.
Code meaning(int sqlite_code);
/// The disk refused: what is in the WAL is unknown until it has been folded into the database.
bool is_io_error(int sqlite_code);

/// The failure lies in the surroundings, not in what was written: any other write would have met it too.
bool is_of_the_disk(int sqlite_code);

/// A blob parameter; text otherwise.
struct Blob {
    std::string_view bytes;
};

class Statement;

/// The rows of one execution. Resets its statement when it goes, which also ends an implicit read transaction.
class Rows {
  public:
    explicit Rows(Statement& statement) : statement_(statement) {}
    ~Rows();
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;

    /// False at the end and on a fault.
    bool next();
    std::int64_t integer(int column) const;
    bool is_null(int column) const;
    bool is_integer(int column) const;
    bool is_blob(int column) const;
    /// Valid until the next `next()`. Text or blob.
    std::string_view bytes(int column) const;

  private:
    Statement& statement_;
};

/// A literal, prepared when it is first executed: many are seldom needed, and each keeps some kilobytes. Bound text is
/// not copied: it must live until the execution has ended.
class Statement {
  public:
    Statement(Connection& connection, const char* literal) : connection_(connection), literal_(literal) {}
    ~Statement();
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    /// Executes to the end. False: the fault is set.
    template <class... Args>
    bool run(const Args&... args) {
        bind_all(args...);
        return finish();
    }
    template <class... Args>
    Rows query(Args&&... args) {
        static_assert((!std::is_same_v<std::remove_const_t<Args>, std::string> && ...),
                      "gone before the rows are read");
        bind_all(args...);
        return Rows(*this);
    }

  private:
    friend class Rows;
    template <class... Args>
    void bind_all(const Args&... args) {
        if (statement_ == nullptr) prepare();
        int index = 0;
        (bind(++index, args), ...);
    }
    void bind(int index, std::int64_t value);
    void bind(int index, int value) { bind(index, std::int64_t{value}); }
    void bind(int index, std::string_view text);
    void bind(int index, const std::string& text) { bind(index, std::string_view(text)); }
    void bind(int index, Blob blob);
    void bind(int index, const std::optional<std::int64_t>& value);
    bool finish();
    void prepare();
    void check(int code);

    Connection& connection_;
    const char* literal_;
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace chapar::store::sqlite
