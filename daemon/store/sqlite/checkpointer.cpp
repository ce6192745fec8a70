#include "store/sqlite/checkpointer.hpp"

#include <sqlite3.h>

#include <chrono>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace chapar::store::sqlite {
namespace {
constexpr auto idle_interval = std::chrono::seconds(1);
/// A page that is written again and again is folded once: the longer the wait, the fewer writes.
constexpr auto interval = std::chrono::seconds(2);
constexpr int small_rest = 512;  // pages that the writer folds in by itself without being noticed
}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<Connection> connection, std::int64_t limit_pages, std::int64_t most_pages)
    : connection_(std::move(connection)), limit_(limit_pages), most_(most_pages), thread_([this] {
          name_thread("store-checkpt");
          loop();
      }) {}

void Checkpointer::note(int frames) {
    frames_.store(frames, std::memory_order_relaxed);
    if (frames < limit_ || wants_finish()) return;
    const auto now = std::chrono::steady_clock::now();
    if ((frames < most_ && now < next_) || busy_.exchange(true)) return;
    next_ = now + interval;
    {
        const std::lock_guard lock(mutex_);
        due_ = true;
    }
    wake_.notify_one();
}

void Checkpointer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Checkpointer::loop() {
    int seen = 0;
    while (true) {
        bool due = false;
        {
            std::unique_lock lock(mutex_);
            wake_.wait_for(lock, idle_interval, [&] { return stop_ || due_; });
            if (stop_) return;
            due = due_;
            due_ = false;
        }
        const int frames = frames_.load(std::memory_order_relaxed);
        const bool idle = frames == seen && frames != folded_;
        seen = frames;
        if (due || idle) run_once();
        // Nobody writes: what a burst has left is cut here, where no commit waits for it.
        if (!due && idle && folded_ == frames && frames >= small_rest) restart_wal(*connection_);
        if (due) busy_.store(false);
    }
}

void Checkpointer::run_once() {
    // Each pass leaves what was committed while it ran: it converges unless the disk is slower than the commits.
    for (int pass = 0; pass < 4; ++pass) {
        const auto folded = checkpoint(*connection_);
        if (!folded) return;
        folded_ = folded->done;
        const int frames = frames_.load(std::memory_order_relaxed);
        if (frames - folded->done > small_rest) continue;
        break;
    }
    if (frames_.load(std::memory_order_relaxed) >= limit_) finish_.store(true, std::memory_order_relaxed);
}

std::optional<Folded> checkpoint(Connection& connection) {
    Folded folded;
    const int code =
        sqlite3_wal_checkpoint_v2(connection.raw(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &folded.frames, &folded.done);
    if (code == SQLITE_OK) return folded;
    if (code != SQLITE_BUSY)
        log::warning("store.checkpoint_failed", "the write-ahead log could not be folded into the database: {}",
                     sqlite3_errmsg(connection.raw()));
    return std::nullopt;
}

bool restart_wal(Connection& connection) {
    sqlite3_busy_timeout(connection.raw(), 0);
    const int code = sqlite3_wal_checkpoint_v2(connection.raw(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    sqlite3_busy_timeout(connection.raw(), busy_timeout_ms);
    return code == SQLITE_OK;
}

}  // namespace chapar::store::sqlite
