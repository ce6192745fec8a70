#pragma once
// Requests of the provider at the route's address: receipts and messages from people, read by the description. Whoever
// can't prove to be the provider is told nothing. Pure but for the time; any thread.
//
// Events are those of the SMPP plugin: delivered, failed, segment_delivered, segment_failed, inbound, unsubscribed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/settings.hpp"
#include "sms_text/words.hpp"

namespace chapar::sms::http {

/// The answer to a request, and what it said.
struct Heard {
    int status = 404;
    std::string body, type, allow;
    std::vector<Event> events;
    const char* counted = "webhooks_refused";
};

/// A description of webhooks whose requests nobody vouches for is not served.
bool takes_webhooks(const Settings& settings);

Heard hear(const HttpRequest& request, const Settings& settings, const StopWords& stop_words, std::int64_t now_ms);

/// What a receipt, or an answer to a poll, says of one message. nullopt: still under way, or nothing that is described.
std::optional<Event> read_receipt(const Hook& hook, const Node& item, const Node& root, std::int64_t now_ms);

}  // namespace chapar::sms::http
