#include "dispatch/outcomes/receipt_delays.hpp"

#include "base/log.hpp"

namespace chapar::dispatch {

void ReceiptDelays::look() {
    const auto heard = box_ == nullptr ? queue::ReceiptBox::Heard{} : box_->take();
    for (const auto& [name, key] : heard) {
        if (const auto route = router_.find(name)) route->receipts().heard(key);
    }
    for (const auto& route : router_.routes()) {
        if (route->receipts().wait().count() != 0 || route->is_slow()) look_at(*route);
    }
}

void ReceiptDelays::look_at(Route& route) {
    const auto& name = route.settings().name;
    const auto found = route.look_at_receipts(clock_.monotonic());
    metrics_.gauge("route_receipts_missing", "Share of accepted messages without a receipt in time.", {{"route", name}})
        .set(found.count.share());
    if (!found.changed) return;
    if (found.is_slow) {
        log::warning("route.receipts_slow",
                     "route {}: {} of {} accepted messages have no receipt in time; another route is preferred",
                     log::Field("route", name), log::Field("missing", found.count.missing),
                     log::Field("judged", found.count.judged));
    } else {
        log::info("route.receipts_back", "route {}: its receipts come in time, or it is tried again",
                  log::Field("route", name));
    }
}

}  // namespace chapar::dispatch
