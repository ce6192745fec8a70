#pragma once
// The part of the feed that endpoints are reading, as events: those that stand near each other share what was read.
// Bounded by bytes. One thread.

#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "store/reports.hpp"
#include "webhook/event.hpp"

namespace chapar::webhook {

/// What stands behind `from`, up to `to`.
struct FeedPart {
    std::int64_t from = 0, to = 0;
    std::vector<std::shared_ptr<const WebhookEvent>> events;
    bool missed = false;  // some behind `from` are gone
    Monotonic read_at{};
    std::size_t bytes = 0;
};
using FeedPartPtr = std::shared_ptr<const FeedPart>;

class FeedWindow {
  public:
    static constexpr int part_size = 256;
    /// Whoever is erased from the store is not told of much longer.
    static constexpr Milliseconds kept{5'000};

    FeedWindow(store::Reports& reports, const Clock& clock, std::size_t most_bytes = 8U << 20)
        : reports_(reports), clock_(clock), most_bytes_(most_bytes) {}

    /// The feed has become longer, or may have.
    void news() { end_ = -1; }
    /// What stands behind `number`; null: nothing yet. A part may be without events and move its reader on all the
    /// same.
    Result<FeedPartPtr> behind(std::int64_t number);
    /// Null: it is gone.
    Result<std::shared_ptr<const WebhookEvent>> at(std::int64_t number);

  private:
    void drop_old();
    Result<FeedPartPtr> read(std::int64_t number);

    store::Reports& reports_;
    const Clock& clock_;
    const std::size_t most_bytes_;
    std::list<FeedPartPtr> parts_;  // newest first
    std::size_t bytes_ = 0;
    std::int64_t end_ = -1;  // nothing stood behind it when it was last asked; -1: not known
};

}  // namespace chapar::webhook
