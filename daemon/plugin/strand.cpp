#include "plugin/strand.hpp"

#include "base/thread_name.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <iterator>
#include <utility>

namespace chapar::plugin {
namespace {
constexpr std::size_t tasks_per_turn = 256;  // then other strands of the executor have theirs
}

std::shared_ptr<Strand> Strand::on_executor(boost::asio::any_io_executor executor) {
    std::shared_ptr<Strand> strand(new Strand);
    strand->executor_ = std::move(executor);
    return strand;
}

std::shared_ptr<Strand> Strand::on_own_thread() {
    std::shared_ptr<Strand> strand(new Strand);
    strand->owns_thread_ = true;
    strand->thread_ = std::thread([raw = strand.get()] {
        name_thread("plugin-own");
        raw->thread_loop();
    });
    return strand;
}

Strand::~Strand() {
    close();
    if (!thread_.joinable()) return;
    // The last task may have been the last owner.
    if (thread_.get_id() == std::this_thread::get_id()) {
        thread_.detach();
    } else {
        thread_.join();
    }
}

bool Strand::post(Task task) {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    tasks_.push_back(std::move(task));
    schedule();
    return true;
}

/// With mutex_ held.
void Strand::schedule() {
    if (owns_thread_) return wake_.notify_all();
    if (running_ || held_ || tasks_.empty()) return;
    running_ = true;
    boost::asio::post(executor_, [self = shared_from_this()] { self->run_some(); });
}

void Strand::run_some() {
    std::vector<Task> turn;
    {
        std::lock_guard lock(mutex_);
        turn.swap(tasks_);
        if (turn.size() > tasks_per_turn) {
            auto rest = std::next(turn.begin(), tasks_per_turn);
            tasks_.assign(std::make_move_iterator(rest), std::make_move_iterator(turn.end()));
            turn.erase(rest, turn.end());
        }
        runner_ = std::this_thread::get_id();
    }
    for (Task& task : turn)
        task();
    turn.clear();  // what the tasks held may post as it goes
    std::lock_guard lock(mutex_);
    runner_ = {};
    running_ = false;
    schedule();
}

void Strand::thread_loop() {
    std::unique_lock lock(mutex_);
    runner_ = std::this_thread::get_id();
    while (true) {
        wake_.wait(lock, [this] { return held_task_ || closed_ || (!held_ && !tasks_.empty()); });
        if (held_task_) {
            Task task = std::exchange(held_task_, nullptr);
            lock.unlock();
            task();
            lock.lock();
            continue;
        }
        if (tasks_.empty() || held_) {  // closed
            ended_ = true;
            return wake_.notify_all();
        }
        std::vector<Task> turn = std::exchange(tasks_, {});
        bool is_last = false;
        lock.unlock();
        for (Task& task : turn)
            task();
        // Destroying the tasks may destroy this strand, when one of them was the last owner and the thread was
        // detached.
        std::weak_ptr<Strand> alive = weak_from_this();
        turn.clear();
        is_last = alive.expired();
        if (is_last) return;
        lock.lock();
    }
}

void Strand::run_held(Task task) {
    if (!owns_thread_) {
        {
            std::lock_guard lock(mutex_);
            runner_ = std::this_thread::get_id();
        }
        task();
        std::lock_guard lock(mutex_);
        runner_ = {};
        return;
    }
    auto done = std::make_shared<std::promise<void>>();
    std::future<void> is_done = done->get_future();
    {
        std::lock_guard lock(mutex_);
        held_task_ = [&task, done] {
            task();
            done->set_value();
        };
        wake_.notify_all();
    }
    is_done.wait();
}

void Strand::release() {
    std::lock_guard lock(mutex_);
    held_ = false;
    schedule();
}

void Strand::close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
    wake_.notify_all();
}

bool Strand::wait_ended(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, limit, [this] { return ended_; });
}

bool Strand::is_closed() const {
    std::lock_guard lock(mutex_);
    return closed_;
}

bool Strand::is_current() const {
    std::lock_guard lock(mutex_);
    return runner_ == std::this_thread::get_id();
}

}  // namespace chapar::plugin
