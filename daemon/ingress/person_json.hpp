#pragma once
// What is known of a person, for the application. Pure.

#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "model/ledger.hpp"
#include "store/people.hpp"

namespace chapar::ingress {

std::string_view name(model::SuppressionReach reach);

void write_consents(json::Writer& out, std::string_view key, const std::vector<model::Consent>& consents);
void write_suppression(json::Writer& out, const model::Suppression& suppression);
/// The members of a stored profile that an application sees, without braces around them.
void write_profile(json::Writer& out, const store::Recipient& recipient);

}  // namespace chapar::ingress
