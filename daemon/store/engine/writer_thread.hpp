#pragma once
// The thread on which a store commits.

#include <thread>

#include "store/engine/group_commit.hpp"

namespace chapar::store::engine {

class WriterThread {
  public:
    /// `commit` outlives it.
    explicit WriterThread(GroupCommit& commit);
    ~WriterThread() { stop(); }
    WriterThread(const WriterThread&) = delete;
    WriterThread& operator=(const WriterThread&) = delete;

    /// Commits what waits and ends the thread.
    void stop();

  private:
    GroupCommit& commit_;
    std::thread thread_;
};

}  // namespace chapar::store::engine
