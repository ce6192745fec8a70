#pragma once
// Hits between the listener and whoever writes them down: an answer never waits for the store. Bounded; any thread.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

#include "engage/features.hpp"
#include "store/hits.hpp"

namespace chapar::web {

/// A hit as it came. Where it came from is in here as the block that the address is in, and goes no further.
struct RawHit {
    MessageKey message{};
    std::uint64_t network = 0;
    Timestamp at{};
    engage::Features features{};
    bool is_short = false;  // by a short link
};

class HitQueue {
  public:
    explicit HitQueue(std::size_t most = 200'000) : most_(most) {}
    /// False: the queue is full, as the store takes nothing; the hit is lost.
    bool put(const RawHit& hit);
    /// A hit that is of no message.
    void count(model::Engaged kind, store::TotalOnly why);

    struct Taken {
        std::vector<RawHit> hits;
        store::HitTotals totals{};
        bool is_empty() const { return hits.empty() && !has_totals; }
        bool has_totals = false;
    };
    Taken take();
    /// Waits so long, or until `wake`.
    void wait(Milliseconds limit);
    void wake();

  private:
    const std::size_t most_;
    std::mutex mutex_;  // guards what follows
    std::condition_variable woken_;
    bool is_woken_ = false;
    Taken waiting_;
};

}  // namespace chapar::web
