#pragma once
// Writes hits down: several times a second what came since is judged and noted in one commit. A thread of its own;
// while the store takes nothing, hits wait in the queue, which is bounded.

#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "store/hits.hpp"
#include "web/hit_judge.hpp"
#include "web/hit_queue.hpp"

namespace chapar::web {

class HitKeeper {
  public:
    /// What came is on disk so long after it at most, and the time that a commit takes.
    static constexpr Milliseconds turn{250};

    HitKeeper(HitQueue& queue, store::Hits& store, metrics::Registry& metrics);
    ~HitKeeper();
    HitKeeper(const HitKeeper&) = delete;
    HitKeeper& operator=(const HitKeeper&) = delete;

    void start();
    /// Writes what waits, then ends. Idempotent.
    void stop();
    /// One turn, on the caller's thread. False: the store took nothing.
    bool run_once();

  private:
    std::vector<store::HitFacts> facts_of(std::span<const RawHit> hits);
    bool write();
    void count(const store::HitBatch& batch, std::span<const std::int64_t> numbers);

    HitQueue& queue_;
    store::Hits& store_;
    HitJudge judge_;
    HitQueue::Taken taken_;
    std::size_t judged_ = 0;                                 // of those
    std::optional<store::HitBatch> pending_;                 // judged, not written yet
    std::unordered_map<MessageKey, store::HitFacts> known_;  // what changes no more
    std::array<std::array<metrics::Counter*, 3>, 2> by_{};   // by kind, then by whom
    std::array<metrics::Counter*, 2> uncounted_{};
    metrics::Counter& lost_;
    std::atomic<bool> is_stopping_{false};
    std::thread thread_;
};

}  // namespace chapar::web
