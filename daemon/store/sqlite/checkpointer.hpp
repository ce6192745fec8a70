#pragma once
// Folds the WAL into the database beside the writer, so that no commit waits for it. Its own thread and connection.
// While commits keep coming it can't reach the WAL's end; the writer does the small rest between two commits
// (`wants_finish`), after which the WAL starts from its beginning again.

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

class Checkpointer {
  public:
    Checkpointer(std::unique_ptr<Connection> connection, std::int64_t limit_pages);
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
    const std::int64_t limit_;
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

}  // namespace chapar::store::sqlite
