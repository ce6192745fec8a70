#pragma once
// Forgetting people, the searching part: a thread that looks through the messages over a connection of its own, a page
// at a time, and has the writer blank what it finds. The search index is not asked: nobody may be overlooked because a
// part of it is damaged. People who wait together are looked for together.

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "store/engine/group_commit.hpp"
#include "store/rules/erase.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

class ErasureScan {
  public:
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    using Connect = std::function<Result<std::unique_ptr<Connection>>()>;

    ErasureScan(Connect connect, engine::GroupCommit& commit, std::string country)
        : connect_(std::move(connect)), commit_(commit), country_(std::move(country)) {}
    ~ErasureScan() { stop(); }
    ErasureScan(const ErasureScan&) = delete;
    ErasureScan& operator=(const ErasureScan&) = delete;

    /// Goes on with what an earlier process began.
    void resume();
    /// All of `names`, which are one person's. `done` runs on the writer's thread, a failure's on this thread or the
    /// caller's.
    void erase(const std::string& application, std::vector<std::string> names, Done<Counts> done);
    /// What is not finished goes on at the next start; its caller hears Code::closed.
    void stop();

  private:
    struct Job {
        rules::ForgottenNames names;
        Done<Counts> done;
    };
    void add(Job job);
    void loop();
    using Found = std::map<rules::Forgotten, rules::Erased>;
    /// All that wait, in one pass over the messages.
    void run(std::deque<Job> jobs);
    Result<bool> begin(const std::deque<Job>& jobs, Found& found);
    Result<bool> search(Found& found);
    void end(Job job, const rules::Erased& found);
    template <class Work>
    auto ask(Work work) -> Result<decltype(work(std::declval<rules::Unit&>()))>;
    bool is_stopping();

    Connect connect_;
    engine::GroupCommit& commit_;
    const std::string country_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    bool stop_ = false;
    std::thread thread_;
};

}  // namespace chapar::store::sqlite
