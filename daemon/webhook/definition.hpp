#pragma once
// What the configuration says of an endpoint, with its secrets read. Immutable; any thread.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "config/webhook_settings.hpp"
#include "engage/address_guard.hpp"
#include "engage/webhook_order.hpp"
#include "webhook/event.hpp"

namespace chapar::webhook {

struct Definition {
    config::WebhookSettings settings;
    engage::WebhookOrder order = engage::WebhookOrder::person;
    std::vector<Secret> secrets;
    std::optional<Secret> key;
    std::vector<engage::Cidr> networks;
    std::vector<Milliseconds> waits;  // between its tries

    bool wants(const WebhookEvent& event) const;
    /// How long the tries of one event last at least.
    Milliseconds shortest_story() const;
};
using DefinitionPtr = std::shared_ptr<const Definition>;

/// Why settings can't be used, and which of them.
struct Flaw {
    std::string key, text;
};

/// Everything but the secrets: the URL and its host when it is an address, networks, waits, ca_file.
std::optional<Flaw> flaw_of(const config::WebhookSettings& settings);
/// Reads the secrets, too.
std::expected<DefinitionPtr, Flaw> define(const config::WebhookSettings& settings);

}  // namespace chapar::webhook
