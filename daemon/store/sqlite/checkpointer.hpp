#pragma once
// Folds the WAL into the database beside the writer, so that no commit waits for it. Its own thread and connection.
// While commits keep coming it can't reach the WAL's end; the writer does the small rest between two commits
// (`wants_finish`), after which the WAL starts from its beginning again.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

class Checkpointer {
  public:
    /// `limit_pages`: from so many on the WAL is folded, not more often than each `interval`; from `most_pages` on
    /// without a look at the clock.
    Checkpointer(std::unique_ptr<Connection> connection, std::int64_t limit_pages, std::int64_t most_pages);
    ~Checkpointer() { stop(); }
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// After each commit: how many frames the WAL holds. Writer's thread.
    void note(int frames);
    bool wants_finish() const { return finish_.load(std::memory_order_relaxed); }
    void finished() { finish_.store(false, std::memory_order_relaxed); }
    void stop();

  private:
    void loop();
    void run_once();

    std::unique_ptr<Connection> connection_;
    const std::int64_t limit_, most_;
    std::chrono::steady_clock::time_point next_{};  // writer's thread
    std::atomic<int> frames_{0};
    std::atomic<bool> busy_{false};
    std::atomic<bool> finish_{false};
    std::mutex mutex_;  // guards stop_ and due_
    std::condition_variable wake_;
    bool stop_ = false;
    bool due_ = false;
    int folded_ = 0;  // frames known to be in the database; checkpointer's thread
    std::thread thread_;
};

/// One PASSIVE checkpoint; nothing is waited for. The WAL's frames and how many of them are in the database now.
struct Folded {
    int frames = 0;
    int done = 0;
};
std::optional<Folded> checkpoint(Connection& connection);
/// Once all frames are in the database: the WAL begins anew and its file is cut. Nothing is waited for; false: somebody
/// reads from it.
bool restart_wal(Connection& connection);

}  // namespace chapar::store::sqlite
