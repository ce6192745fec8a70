#pragma once
// The checksums of what is kept of endpoints. Pure.

#include "store/webhooks.hpp"

namespace chapar::store {

std::int64_t checksum(const WebhookState& state);
std::int64_t checksum(std::string_view name, const WebhookWait& wait);

}  // namespace chapar::store
