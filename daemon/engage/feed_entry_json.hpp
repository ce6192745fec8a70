#pragma once
// An entry of the feed as applications get it, by GET /v1/events and by webhooks. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/json.hpp"
#include "model/hit.hpp"
#include "model/report.hpp"

namespace chapar::engage {

/// "evt_" and 22 digits: the number, and the mark that tells it from one of another store. It never changes.
std::string event_id(const model::FeedEntry& entry);
struct EventNumber {
    std::int64_t number = 0;
    std::uint32_t mark = 0;
};
/// Nothing: it is none of ours.
std::optional<EventNumber> read_event_id(std::string_view id);

/// Members of an object that is open: by whom, its points, why; of a click, which link.
void write_hit(json::Writer& out, const model::Hit& hit);
/// A receipt, an opt-out, a word from a person: as the feed and the export show it.
void write_feed_entry(json::Writer& out, const model::FeedEntry& entry);

}  // namespace chapar::engage
