#pragma once
// The database behind the group commit: one connection that writes, made anew after an I/O error, and the journal of
// what left beside it. Writer's thread only.

#include <functional>
#include <memory>
#include <string>

#include "store/engine/counters.hpp"
#include "store/engine/database.hpp"
#include "store/sqlite/audit.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/identity.hpp"
#include "store/sqlite/journal.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/tables.hpp"

namespace chapar::store::sqlite {

/// The counts that stand in the store: work by the number of pools, not of messages. Nothing: the connection's fault.
std::optional<engine::CountSnapshot> read_counts(Connection& connection);

class SqliteDatabase final : public engine::Database {
  public:
    using Connect = std::function<Result<std::unique_ptr<Connection>>()>;
    /// What works beside it; all outlive it.
    struct Company {
        engine::Counters& counters;
        Checkpointer& checkpointer;
        Audit& audit;
        ReaderPool& readers;
        Life life;
    };

    /// `connect` makes a configured connection to the existing file. Errors of the first one are returned.
    static Result<std::unique_ptr<SqliteDatabase>> open(Connect connect, std::string path, const Clock& clock,
                                                        Company company);
    ~SqliteDatabase() override;

    std::optional<Error> refusal() override;
    bool begin() override;
    SqlTables& tables() override { return session_->tables; }
    bool commit(rules::Changes& changes) override;
    Failure roll_back(const rules::Changes& changes) override;
    void committed(const rules::Changes& changes) override;
    bool wants_upkeep() const override;
    void upkeep() override;

    /// From the next commit on. Within a write, or before the first one.
    void use_journal(std::unique_ptr<Journal> journal, std::int64_t mark, Milliseconds keep);
    /// How far the journal is whole, in the running transaction.
    void put_mark(std::int64_t mark, JournalState state);

  private:
    struct FileIdentity {
        std::uint64_t device = 0, inode = 0;
        bool operator==(const FileIdentity&) const = default;
    };
    /// A connection with all that is prepared on it.
    struct Session {
        Session(std::unique_ptr<Connection> made, TableMemory& memory, const Clock& clock);
        std::unique_ptr<Connection> connection;
        SqlTables tables;
        Statement begin, commit, put_mark, put_epoch;
    };

    SqliteDatabase(Connect connect, std::string path, const Clock& clock, Company company);
    bool connect();
    bool heal();
    void write_journal(const rules::Changes& changes);
    void mend_journal();
    bool commit_mark(JournalState state);
    void finish_checkpoint();
    void merge_uses();
    FileIdentity identity() const;
    std::optional<Error> vanished() const;

    Connect connect_;
    const std::string path_;
    const Clock& clock_;
    Company company_;
    FileIdentity file_;
    TableMemory memory_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<Journal> journal_;  // null: none is kept
    std::int64_t mark_ = 0;
    Milliseconds keep_journal_{};
    Monotonic next_journal_{};
    bool broken_ = false;  // after an I/O error, until healed
    Monotonic next_heal_{};
    std::optional<Error> last_failure_;
    std::optional<Error> vanished_;  // the file that was just written to has
    struct {
        std::vector<MessageKey> rows;  // of states, that can't be believed
        bool unreadable = false;       // SQLite could not read
    } damage_;                         // met since the audit was told
};

}  // namespace chapar::store::sqlite
