#pragma once
// What is known of a person, for the application. Pure.

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "model/hit.hpp"
#include "model/ledger.hpp"
#include "store/people.hpp"

namespace chapar::ingress {

std::string_view name(model::SuppressionReach reach);

void write_consents(json::Writer& out, std::string_view key, const std::vector<model::Consent>& consents);
void write_suppression(json::Writer& out, const model::Suppression& suppression);
/// Members of an object that is open: by whom, its points, why; of a click, which link.
void write_hit(json::Writer& out, const model::Hit& hit);
/// A receipt, an opt-out, a word from a person: as the feed and the export show it.
void write_feed_entry(json::Writer& out, const model::FeedEntry& entry);
/// The members of a stored profile that an application sees, without braces around them.
void write_profile(json::Writer& out, const store::Recipient& recipient);

}  // namespace chapar::ingress
