#pragma once
// Looks after the rows of states beside the writer, on a thread and a connection of its own: what is found damaged is
// repaired row by row through the writer, and the counts are proved against the rows at each start and each repair.

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "store/engine/group_commit.hpp"
#include "store/sqlite/repair.hpp"

namespace chapar::store::sqlite {

class Audit {
  public:
    using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

    explicit Audit(Connect connect) : connect_(std::move(connect)) {}
    ~Audit() { stop(); }
    Audit(const Audit&) = delete;
    Audit& operator=(const Audit&) = delete;

    /// Once; `commit` outlives `stop`.
    void start(engine::GroupCommit& commit);
    /// Callable from any thread; what is reported before `start` waits for it.
    void report(const std::vector<MessageKey>& rows, const std::vector<LiveEntry>& entries, bool search);
    /// Ends what it does at its next step; `stop` waits for it, once the writer answers nothing more.
    void begin_stop();
    void stop();

  private:
    using Suspects = std::unordered_map<MessageKey, std::vector<QueuePlace>>;
    struct Work {
        Suspects suspects;
        bool search = false, count = true;
        bool is_empty() const { return suspects.empty() && !search && !count; }
    };
    void loop();
    void run(const Work& work);
    bool look_at(Connection& connection, const Suspects& suspects);
    /// All rows of states, and all of `live`. False: `live` can't be read.
    bool search(Connection& connection, bool& found);
    bool search_rows(Connection& connection, bool& found);
    bool search_live(Connection& connection, bool& found);
    void check_counts(Connection& connection);
    void look_anew(std::vector<Rescue>& rescues);
    bool repair(std::vector<Rescue>& rescues);
    /// Waits for the writer. False: it failed, or the store is closing.
    template <class Fn>
    bool ask(Fn work);
    bool is_stopping();

    Connect connect_;
    engine::GroupCommit* commit_ = nullptr;
    std::chrono::steady_clock::time_point searched_{};

    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    Work work_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace chapar::store::sqlite
