#pragma once
// A later word from a provider: from what its plugin says to what the store takes. Pure.

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/report.hpp"

namespace chapar::track {

/// Where a report came from, and when.
struct ReportOrigin {
    std::string route, channel;  // channel "*": the route is gone since, and the address says enough
    std::string country;         // of numbers that name none
    Timestamp now{};
    bool is_sandbox = false;  // nobody said it: it opts nobody out
};

/// A plugin has filled attempt, provider_id, kind, address, code, detail, dedupe_key, at and bill of `told`. What it
/// means follows from that: the kind's word, the canonical address, an opt-out. A hard bounce that a receiver brought
/// (received.hpp) has its suppression already. Times that can't be are taken as `now`; long texts are cut.
model::Report complete(model::Report told, const ReportOrigin& origin);

/// The meaning of a report of this kind.
model::Word word_of(std::string_view kind);

}  // namespace chapar::track
