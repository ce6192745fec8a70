#pragma once
// Memory of what is being sent: how much of [queue] memory an attempt is charged with, and whether there is any left.
//
// A charge is foreseen from the request and from what messages of its pool turned into before. What rendering makes
// larger than that comes out of a spare part.
// Threads: the dispatch strand, except for `admit_rendered`.

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

#include "dispatch/routing/route.hpp"
#include "queue/budget.hpp"

namespace chapar::dispatch {

class FlightMemory {
  public:
    /// Shares `all` bytes out among what waits, what is in flight by each of the routes, and the spare part.
    void share(std::size_t all, const std::vector<std::shared_ptr<Route>>& routes);

    bool fits(const Route& route, const queue::Item& item, bool is_urgent) const;
    /// Charges the item until `release`; its place among what waits is free.
    void charge(const Route& route, queue::Item& item, bool is_urgent);
    /// The size that it was handed over with becomes the forecast for the next message of its pool.
    void release(queue::Item& item);

    /// The item was rendered to `bytes`. False: that is more than there is memory for now. Any thread, one for each
    /// item.
    bool admit_rendered(queue::Item& item, std::size_t bytes, bool is_urgent);

    std::size_t used() const { return in_all_->used() + unforeseen_.load(std::memory_order_relaxed); }

  private:
    std::shared_ptr<queue::Budget> in_all_ = std::make_shared<queue::Budget>(0);  // in flight by any route
    std::atomic<std::size_t> unforeseen_{0};  // bytes that were handed over beyond what was charged
    std::atomic<std::size_t> spare_{0};       // of them, as many as may be
};

}  // namespace chapar::dispatch
