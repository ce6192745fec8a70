#pragma once
// An entry of the feed as an event of webhooks. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/report.hpp"

namespace chapar::webhook {

struct WebhookEvent {
    std::int64_t number = 0;
    std::string id;           // "evt_...": the same for all its tries and all endpoints
    std::string type;         // "message.delivered"
    std::string person;       // whose events keep their order; empty: nobody's
    std::string application;  // empty: nobody's
    Timestamp noted_at{};
    std::string body;  // what is posted; below engage::webhook_body_limit
};

/// Kinds with a dot are types of their own ("endpoint.disabled"); all others are about messages.
std::string type_of(const model::FeedEntry& entry);
/// `entry` as its message filled it. What makes the body too large is left out of it: first the metadata and the tags,
/// then the ends of long texts; `"shortened": true` says so.
WebhookEvent event_of(const model::FeedEntry& entry);

/// "message.delivered", "message.*" or "*".
bool fits(std::string_view pattern, std::string_view type);

}  // namespace chapar::webhook
