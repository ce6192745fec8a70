#pragma once
// The writer: one thread, one connection, one transaction for all that waits. Answers in the order of submission,
// after the commit is on disk or has failed. Nothing is answered OK after an I/O error until the WAL was folded into
// the database over a new connection: what a failed sync left in the WAL is unknown.

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "store/sqlite/audit.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/session.hpp"

namespace chapar::store::sqlite {

/// One submitted write. `apply` may run more than once: a group that failed is tried again one by one.
class Write {
  public:
    virtual ~Write() = default;
    virtual void apply(Session& session) = 0;
    /// `failure` null: committed.
    virtual void answer(const Error* failure) = 0;
    virtual std::size_t weight() const { return 1; }
    /// How long it may wait for others to share its commit; it delays none of them.
    virtual Milliseconds patience() const { return Milliseconds{0}; }
};

class Writer {
  public:
    using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

    /// `connect` makes a configured connection to the existing file. Errors of the first one are returned.
    static Result<std::unique_ptr<Writer>> start(Connect connect, const SqliteOptions& options, Tally& tally,
                                                 const Clock& clock, Checkpointer* checkpointer, Audit* audit,
                                                 ReaderPool* readers);
    ~Writer() { stop(); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// After `stop` the write is answered with Code::closed, on this thread.
    void submit(std::unique_ptr<Write> write);
    /// From the next commit on. Within a write's `apply`, or before the first one.
    void use_journal(std::unique_ptr<Journal> journal, std::int64_t mark, Milliseconds keep);
    /// Commits what waits and ends the thread.
    void stop();

  private:
    using Group = std::vector<std::unique_ptr<Write>>;
    struct FileIdentity {
        std::uint64_t device = 0, inode = 0;
        bool operator==(const FileIdentity&) const = default;
    };

    Writer(Connect connect, const SqliteOptions& options, Tally& tally, const Clock& clock, Checkpointer* checkpointer,
           Audit* audit, ReaderPool* readers);
    bool connect();
    void loop();
    bool take(Group& waiting);
    void commit_all(Group& waiting);
    void commit_group(std::span<std::unique_ptr<Write>> group);
    /// Nothing when it is on disk.
    std::optional<Error> try_commit(std::span<std::unique_ptr<Write>> group);
    void tell(const std::optional<Error>& failure);
    void tell(std::vector<Moved> moved) const;
    std::optional<Error> give_up();
    bool heal();
    void maintain();
    void write_journal();
    void mend_journal();
    bool put_mark(JournalState state);
    void finish_checkpoint();
    FileIdentity identity() const;
    std::optional<Error> vanished() const;

    Connect connect_;
    const SqliteOptions options_;
    Tally& tally_;
    const Clock& clock_;
    Checkpointer* checkpointer_;
    Audit* audit_;
    ReaderPool* readers_;
    FileIdentity file_;
    Lasting lasting_;
    std::unique_ptr<Session> session_;
    std::unique_ptr<Journal> journal_;  // null: none is kept
    std::int64_t mark_ = 0;
    Milliseconds keep_journal_{};
    Monotonic next_journal_{};
    bool broken_ = false;    // after an I/O error, until healed
    bool refusing_ = false;  // the log was told that the disk refuses
    Monotonic next_heal_{};
    std::optional<Error> last_failure_;
    bool disk_failed_ = false;  // the last failure would have hit any write

    std::mutex mutex_;  // guards queue_ and stop_
    std::condition_variable wake_;
    Group queue_;
    std::size_t queued_weight_ = 0;
    std::chrono::steady_clock::time_point commit_at_{};  // when the first of them is at the end of its patience
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace chapar::store::sqlite
