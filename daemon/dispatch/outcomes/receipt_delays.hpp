#pragma once
// Which routes' receipts come too late or not at all, so that another route of the channel is preferred.
//
// Threads: the dispatch strand only; the box is filled by any.

#include "base/metrics.hpp"
#include "dispatch/routing/router.hpp"
#include "queue/receipt_watch.hpp"

namespace chapar::dispatch {

class ReceiptDelays {
  public:
    /// `box` may be null: then nothing comes.
    ReceiptDelays(const Clock& clock, metrics::Registry& metrics, Router& router, queue::ReceiptBox* box)
        : clock_(clock), metrics_(metrics), router_(router), box_(box) {}

    /// Called about once a second.
    void look();

  private:
    void look_at(Route& route);

    const Clock& clock_;
    metrics::Registry& metrics_;
    Router& router_;
    queue::ReceiptBox* const box_;
};

}  // namespace chapar::dispatch
