// The part of the key table that is about webhooks: [[webhook]].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/webhooks.hpp"

#include <array>

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 3> webhook_orders{"none", "person", "strict"};

std::string check_webhook_url(const std::string& text) {
    const bool is_url = text.starts_with("https://") || text.starts_with("http://");
    return is_url && text.size() <= 2'000 ? "" : "expected an https URL";
}

/// The name of a credential, or a file.
std::string check_secret_name(const std::string& text) {
    return text.starts_with('/') ? check_absolute_path(text) : check_word(text);
}

using W = WebhookSettings;
const Key<W> webhook_keys[] = {
    {.name = "name",
     .member = &W::name,
     .help = "Its name in logs, metrics and `chapar webhook`. Under it the daemon remembers how far it has come.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "url",
     .member = &W::url,
     .help = "Where events are posted to. An https URL, of a host of the internet.",
     .rule = {.check = check_webhook_url},
     .required = true},
    {.name = "secrets",
     .member = &W::secrets,
     .help = "Names of secrets (`whsec_...`), never the secrets. One, or two while it is changed: each signs.",
     .rule = {.check = check_secret_name},
     .required = true},
    {.name = "events",
     .member = &W::events,
     .help = "Types that it is told of: \"message.delivered\", \"message.*\", or \"*\" for all.",
     .rule = {.check = check_event_pattern}},
    {.name = "order",
     .member = &W::order,
     .help =
         "person: an event waits for the earlier ones of its person. strict: for all earlier ones. none: for nobody.",
     .rule = {.choices = webhook_orders}},
    {.name = "application",
     .member = &W::application,
     .help = "It is told of this application's messages only.",
     .rule = {.check = check_name},
     .absent = "all applications"},
    {.name = "signing_key",
     .member = &W::signing_key,
     .help = "Name of a secret (`whsk_...`, an Ed25519 key), for receivers that verify `v1a` without a shared secret.",
     .rule = {.check = check_secret_name},
     .absent = "no v1a"},
    {.name = "insecure", .member = &W::insecure, .help = "The URL may be http: anybody on the way reads the events."},
    {.name = "ca_file",
     .member = &W::ca_file,
     .help = "Certificates (PEM) that its server is verified with.",
     .rule = {.check = check_absolute_path},
     .absent = "the system's"},
    {.name = "allow_networks",
     .member = &W::allow_networks,
     .help = "Networks that it may be in though they are not of the internet: \"10.1.0.0/16\", \"127.0.0.1\".",
     .rule = {.check = check_network},
     .absent = "none"},
    {.name = "retries",
     .member = &W::retries,
     .help = "The waits between the tries of one event, each a fifth longer or shorter.",
     .rule = {.check = check_retry},
     .absent = "5s, 5m, 30m, 2h, 5h, 10h, 14h, 20h, 24h"},
    {.name = "max_in_flight",
     .member = &W::max_in_flight,
     .help = "The most events that are on their way to it at once; fewer while it asks for less (429, 502, 504).",
     .rule = {.min = 1, .max = 256, .zero = "may mean \"no limit\" or \"send nothing\" (then write enabled = false)"}},
    {.name = "enabled",
     .member = &W::enabled,
     .help = "false: nothing is sent, and it goes on where it stood once this is true again."},
};

}  // namespace

// clang-format off
template <> std::span<const Key<W>> keys<W>() { return webhook_keys; }

template <> std::string_view title<W>() { return "[[webhook]]"; }
// clang-format on

void add_webhook_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<W>())
        all.push_back({title<W>(), key.name});
}

}  // namespace chapar::config
