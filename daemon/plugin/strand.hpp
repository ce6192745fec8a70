#pragma once
// Runs tasks one at a time in the order they came: on the executor of the daemon, or on a thread of its own for plugins
// that block. Can be held while an instance is being created. Callable from any thread.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "net/asio_quiet.hpp"

#include <boost/asio/any_io_executor.hpp>

namespace chapar::plugin {

class Strand : public std::enable_shared_from_this<Strand> {
  public:
    using Task = std::move_only_function<void()>;

    /// Starts held: tasks wait until release().
    static std::shared_ptr<Strand> on_executor(boost::asio::any_io_executor executor);
    static std::shared_ptr<Strand> on_own_thread();
    ~Strand();

    /// false: closed, and the task was dropped. Tasks must not throw.
    bool post(Task task);
    /// Runs `task` in place of the strand while it is held: here, or on the own thread (then waits for it).
    void run_held(Task task);
    void release();
    /// Takes no more tasks; those that were taken run.
    void close();
    /// Waits until its own thread has run its last task; false: `limit` came first.
    bool wait_ended(std::chrono::milliseconds limit);
    bool is_closed() const;
    /// True inside a task.
    bool is_current() const;

  private:
    Strand() = default;
    void schedule();
    void run_some();
    void thread_loop();

    boost::asio::any_io_executor executor_;
    mutable std::mutex mutex_;  // guards the rest
    std::condition_variable wake_;
    std::vector<Task> tasks_;
    Task held_task_;  // for the own thread
    bool held_ = true, running_ = false, closed_ = false, ended_ = false;
    std::thread::id runner_;
    bool owns_thread_ = false;
    std::thread thread_;
};

}  // namespace chapar::plugin
