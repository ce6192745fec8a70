#pragma once
// Group commit: all writes that wait when a commit begins share it, in the order in which they were submitted. New
// messages are the exception: they are committed without the few leases and outcomes that still wait for company, since
// a commit writes whole pages, and those share their pages with each other. A group that fails is tried again one by
// one, so that a write that can't be done does not take its neighbours with it. `submit` from any thread; the rest from
// one, which may be a WriterThread.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "store/engine/counters.hpp"
#include "store/engine/database.hpp"
#include "store/engine/lane_shuffle.hpp"
#include "store/engine/write.hpp"

namespace chapar::store::engine {

struct CommitOptions {
    int max_weight = 4096;  // of the writes in one commit
    /// Told of moves that no Settlement said, after their commit; it must not block. Nothing: nobody wants to know.
    std::function<void(std::vector<Moved>)> moved = {};
    std::function<void()> fed = {};  // after each commit that makes the feed longer
    std::string country = {};        // ISO 3166, of numbers that an earlier version kept as they were written
    std::string zone = {};           // IANA, by which days are counted; empty: UTC
    model::LeaseOwner self = {};     // whose leases these are
    std::uint64_t shuffle = 0;       // the seed of a LaneShuffle; 0: all in the order in which it was submitted
};

class GroupCommit {
  public:
    /// All outlive it.
    GroupCommit(Database& database, Counters& counters, const Clock& clock, CommitOptions options);
    GroupCommit(const GroupCommit&) = delete;
    GroupCommit& operator=(const GroupCommit&) = delete;

    /// After `stop` the write is answered with Code::closed, on this thread.
    void submit(std::unique_ptr<Write> write);
    /// `work(Unit&)` as a write of its own.
    template <class T, class Work>
    void submit(std::size_t weight, Done<T> done, Work work, Milliseconds patience = Milliseconds{0},
                Lanes lanes = {}) {
        submit(std::make_unique<Task<T, Work>>(weight, std::move(work), std::move(done), patience, std::move(lanes)));
    }
    /// Waits until what `work(Unit&)` did is committed. Not on the committing thread, which would wait for itself.
    template <class T, class Work>
    Result<T> now(std::size_t weight, Work work, Milliseconds patience = Milliseconds{0}) {
        std::promise<Result<T>> told;
        submit<T>(weight, [&told](Result<T> result) { told.set_value(std::move(result)); }, std::move(work), patience);
        return told.get_future().get();
    }

    /// Commits all that waits, however patient, and does the backend's chores.
    void run_once() { run(false); }
    /// The same, but what still waits for company may stay.
    void run_due() { run(true); }
    /// Commits one group, or tells one answer, where the order is shuffled; else as run_once. False: there was nothing.
    bool step();
    /// Whether what a write is about matters here.
    bool shuffles() const { return shuffle_.has_value(); }
    /// How rows were read since the beginning. Any thread.
    rules::RowReads row_reads() const { return {fetches_.load(), singles_.load()}; }
    /// Waits until there is something to do. False: stopped, and nothing is left.
    bool wait();
    /// Takes no more writes.
    void stop();

  private:
    using Group = std::vector<std::unique_ptr<Write>>;
    using Instant = std::chrono::steady_clock::time_point;
    struct Waiting {
        std::unique_ptr<Write> write;
        Instant until;  // the end of its patience
    };
    void add(Waiting waiting);
    /// `may_leave`: those that still wait for company may stay.
    Group take(bool may_leave);
    void run(bool may_leave);
    void commit_all(Group& waiting);
    void commit_group(std::span<std::unique_ptr<Write>> group);
    /// Nothing when it is on disk.
    std::optional<Error> try_commit(std::span<std::unique_ptr<Write>> group);
    /// False: the tables have failed.
    bool apply_all(std::span<std::unique_ptr<Write>> group, rules::Unit& unit);
    Error give_up(const rules::Changes& changes);
    void publish(rules::Changes& changes);
    void tell(const std::optional<Error>& failure);
    void answer(std::unique_ptr<Write> write, const std::optional<Error>& failure);

    Database& database_;
    Counters& counters_;
    const Clock& clock_;
    const CommitOptions options_;
    std::optional<LaneShuffle> shuffle_;  // the committing thread's
    rules::WriterMemory memory_;
    std::atomic<std::int64_t> fetches_ = 0, singles_ = 0;
    bool refusing_ = false;     // the log was told that the disk refuses
    bool disk_failed_ = false;  // the last failure would have hit any write

    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::vector<Waiting> queue_;
    std::size_t queued_weight_ = 0;
    Instant commit_at_{};  // when the first of them is at the end of its patience
    bool stop_ = false;
};

}  // namespace chapar::store::engine
