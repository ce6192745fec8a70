#include "webhook/definition.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "config/values.hpp"
#include "engage/webhook_schedule.hpp"
#include "engage/webhook_signature.hpp"
#include "net/transfer_check.hpp"

namespace chapar::webhook {
namespace {

engage::WebhookOrder order_of(const std::string& word) {
    if (word == "none") return engage::WebhookOrder::none;
    return word == "strict" ? engage::WebhookOrder::strict : engage::WebhookOrder::person;
}

std::expected<std::vector<engage::Cidr>, Flaw> networks_of(const config::WebhookSettings& settings) {
    std::vector<engage::Cidr> out;
    for (const auto& text : settings.allow_networks) {
        const auto block = engage::parse_cidr(text);
        if (!block) return std::unexpected(Flaw{"allow_networks", text + ": " + block.error()});
        out.push_back(*block);
    }
    return out;
}

std::expected<std::vector<Milliseconds>, Flaw> waits_of(const config::WebhookSettings& settings) {
    if (settings.retries.empty())
        return std::vector<Milliseconds>(engage::webhook_waits.begin(), engage::webhook_waits.end());
    std::vector<Milliseconds> out;
    for (const auto& text : settings.retries) {
        const auto wait = config::parse_duration(text);
        if (!wait) return std::unexpected(Flaw{"retries", text + ": " + wait.error()});
        out.push_back(*wait);
    }
    return out;
}

/// A host that is an address is known now; of a name each address is looked at when it is connected to.
std::optional<Flaw> flaw_of_url(const config::WebhookSettings& settings, std::span<const engage::Cidr> networks) {
    if (auto why = engage::refuse_endpoint(settings.url, settings.insecure)) return Flaw{"url", *std::move(why)};
    const auto url = net::parse_url(settings.url);
    if (!url) return Flaw{"url", "it is not an https URL with a host"};
    const auto address = engage::parse_address(url->host);
    if (!address) return std::nullopt;
    const engage::IpAddress all[] = {*address};
    if (auto why = engage::refuse_addresses(all, networks))
        return Flaw{"url", *why + "; allow_networks opens networks for it"};
    return std::nullopt;
}

}  // namespace

bool Definition::wants(const WebhookEvent& event) const {
    if (!settings.application.empty() && settings.application != event.application) return false;
    return std::ranges::any_of(settings.events, [&](const auto& pattern) { return fits(pattern, event.type); });
}

Milliseconds Definition::shortest_story() const {
    Milliseconds all{0};
    for (const auto wait : waits)
        all += wait * 4 / 5;
    return all;
}

std::optional<Flaw> flaw_of(const config::WebhookSettings& settings) {
    const auto networks = networks_of(settings);
    if (!networks) return networks.error();
    if (auto flaw = flaw_of_url(settings, *networks)) return flaw;
    if (const auto waits = waits_of(settings); !waits) return waits.error();
    if (!settings.ca_file.empty() && ::access(settings.ca_file.c_str(), R_OK) != 0)
        return Flaw{"ca_file", settings.ca_file + " can't be read"};
    return std::nullopt;
}

std::expected<DefinitionPtr, Flaw> define(const config::WebhookSettings& settings) {
    if (auto flaw = flaw_of(settings)) return std::unexpected(*std::move(flaw));
    auto out = std::make_shared<Definition>();
    out->settings = settings;
    out->order = order_of(settings.order);
    out->networks = *networks_of(settings);
    out->waits = *waits_of(settings);
    for (const auto& name : settings.secrets) {
        const auto text = read_secret(name);
        if (!text) return std::unexpected(Flaw{"secrets", text.error().message()});
        auto secret = engage::read_webhook_secret(text->reveal());
        if (!secret)
            return std::unexpected(Flaw{"secrets", fmt::format("secret \"{}\": {}", name, secret.error().message())});
        out->secrets.push_back(*std::move(secret));
    }
    if (settings.signing_key.empty()) return out;
    const auto text = read_secret(settings.signing_key);
    if (!text) return std::unexpected(Flaw{"signing_key", text.error().message()});
    auto key = engage::read_webhook_key(text->reveal());
    if (!key)
        return std::unexpected(
            Flaw{"signing_key", fmt::format("secret \"{}\": {}", settings.signing_key, key.error().message())});
    out->key = *std::move(key);
    return out;
}

}  // namespace chapar::webhook
