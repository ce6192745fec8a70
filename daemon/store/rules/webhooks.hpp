#pragma once
// What is kept of endpoints of webhooks.

#include "store/rules/unit.hpp"
#include "store/webhooks.hpp"

namespace chapar::store::rules {

bool write_webhook(Unit& unit, const WebhookChange& change);
/// False: there was none.
bool forget_webhook(Unit& unit, const std::string& name);

}  // namespace chapar::store::rules
