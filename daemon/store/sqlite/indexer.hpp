#pragma once
// Builds the runs of the search index behind the writer, on a thread and a connection of its own, and merges them. It
// waits until enough messages are old enough to make a run, so that what is not indexed is never more than a run and a
// minute's traffic. All is done in small steps: a new run comes before the next step of a merge, and a merge of small
// runs before one of large runs. What the process leaves unfinished has no row, and the next one deletes it.

#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/engine/group_commit.hpp"
#include "store/sqlite/search_merge.hpp"

namespace chapar::store::sqlite {

class Indexer {
  public:
    using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

    Indexer(Connect connect, engine::GroupCommit& commit, const Clock& clock, int run_size);
    ~Indexer() { stop(); }
    Indexer(const Indexer&) = delete;
    Indexer& operator=(const Indexer&) = delete;

    void begin_stop();
    void stop();

  private:
    void loop();
    /// A step of what is due. False: nothing is, or something failed.
    bool work();
    bool build(Connection& connection);
    /// Deletes some of what no run's row stands for any more.
    bool sweep(Connection& connection);
    bool merge(Connection& connection);
    bool begin_merge(Connection& connection);
    /// The next run in place of one that is damaged.
    bool rebuild(Connection& connection);
    std::vector<MessageKey> next_keys(Connection& connection, MessageKey after, MessageKey last);
    Result<std::vector<SearchEntry>> entries_of(Connection& connection, const std::vector<MessageKey>& keys);
    /// A run of these messages, without its row.
    std::optional<SearchRun> make(Connection& connection, const std::vector<MessageKey>& keys);
    bool write(const SearchRun& run, const std::vector<SearchEntry>& entries);
    /// A number that no run has or had while this process runs.
    std::optional<std::int64_t> next_number(Connection& connection);
    /// Runs that are being made, and those that they are made of.
    std::set<std::int64_t> in_work() const;
    /// Waits for the writer. False: it failed, or the store is closing.
    template <class Fn>
    bool ask(Fn work);
    bool is_stopping();

    Connect connect_;
    engine::GroupCommit& commit_;
    const Clock& clock_;
    const int run_size_;
    const std::size_t chunk_entries_, chunks_a_commit_;
    std::int64_t last_number_ = 0;
    std::vector<Merge> merges_;  // each of smaller runs than the one before; the last one goes on
    struct Rebuild {
        SearchRun part;
        std::vector<SearchRun> runs;  // of its messages, as far as they are made
    };
    std::optional<Rebuild> rebuild_;
    std::set<std::int64_t> unreadable_;  // what SQLite can't delete
    std::optional<Error> failure_;       // of the writer, in this step

    std::mutex mutex_;  // guards stop_
    std::condition_variable wake_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace chapar::store::sqlite
