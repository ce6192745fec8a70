#pragma once
// The log of outcomes: takes lines from whoever knows them, and writes them from a thread of its own, so that neither
// the store nor the sending waits for the log. What does not fit into its bounded queue is dropped and counted.
// Callable from any thread.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <variant>
#include <vector>

#include "track/outcome_line.hpp"

namespace chapar::track {

class OutcomeLog {
  public:
    static constexpr std::size_t most_waiting = 65'536;  // lines
    using Find = std::function<Result<store::Record>(MessageId)>;

    /// `find` is asked on the log's thread for what a move of the store does not say by itself.
    explicit OutcomeLog(Find find);
    ~OutcomeLog();
    OutcomeLog(const OutcomeLog&) = delete;
    OutcomeLog& operator=(const OutcomeLog&) = delete;

    void configure(bool on, Addresses addresses);
    /// Nobody has to make lines that are not written.
    bool is_on() const { return on_.load(std::memory_order_relaxed); }

    void put(std::vector<OutcomeLine> lines);
    void put(std::vector<store::Moved> moves);
    /// Returns when what was put before is written.
    void drain();
    std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  private:
    using Entry = std::variant<OutcomeLine, store::Moved>;
    template <class T>
    void take(std::vector<T> entries);
    void run();
    void write(std::vector<Entry>& entries);

    const Find find_;
    std::atomic<bool> on_{false};
    std::atomic<Addresses> addresses_{Addresses::masked};
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex mutex_;  // guards what follows
    std::condition_variable wake_, idle_;
    std::vector<Entry> waiting_;
    std::uint64_t lost_ = 0;  // since the last word about it
    bool writing_ = false, stop_ = false;
    std::thread thread_;
};

}  // namespace chapar::track
