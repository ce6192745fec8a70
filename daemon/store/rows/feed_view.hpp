#pragma once
// Entries of the feed as applications read them: what is stored, filled with what the message says of itself. Pure.

#include <optional>
#include <vector>

#include "store/engagement.hpp"
#include "store/reports.hpp"
#include "store/rows/feed_rows.hpp"

namespace chapar::store {

/// What a change alone says.
model::FeedEntry entry_of(const StateChange& change);
/// What the entry alone can refuse.
bool is_meant(const FeedFilter& filter, const model::FeedEntry& entry);
/// The filter asks for what only the message says.
bool asks_message(const FeedFilter& filter);
/// What the message, whose body and plan are not needed, can refuse.
bool is_meant(const FeedFilter& filter, const model::Message& message);
/// What the entry's message says of itself.
void fill(model::FeedEntry& entry, const model::Message& message, const std::string& idempotency_key);
/// Of a change that is a hit: what is known of it among the message's hits. False: it is not kept any more.
bool fill_hit(const StateChange& change, const Engagement* engagement, model::FeedEntry& entry);
/// The words of the decision or the attempt that a change came from. `attempts`: where it was the end of one. `now`:
/// how the message stands, where the change has a reason and that can be read.
void fill_cause(const StateChange& change, const model::Message& message, const std::vector<model::Attempt>& attempts,
                const std::optional<model::Progress>& now, model::FeedEntry& entry);

}  // namespace chapar::store
