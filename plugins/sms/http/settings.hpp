#pragma once
// The settings of one route and its provider. Immutable after construction; any thread may read.

#include <string>
#include <string_view>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/description.hpp"
#include "sms_text/plan.hpp"

namespace chapar::sms::http {

struct Settings {
    Description provider;
    Values values;  // account, key, option.NAME, ... : what the route brings to every request
    std::string sender;
    std::vector<std::string> source_allowed;
    std::string endpoint;  // replaces scheme and host of the description's addresses
    std::string ca_file;
    std::string public_url;     // where the provider reaches this route's webhooks
    std::string webhook_token;  // a part of their path that only the provider knows
    std::string webhook_secret;
    TextOptions text;
    std::vector<std::string> stop_words;
    std::chrono::milliseconds park{5'000};
};

/// Throws BadConfig.
Settings read_settings(const Config& config, const Host& host);

inline constexpr std::string_view settings_schema = R"({
 "provider": {"type": "string", "required": true, "help": "a name such as twilio, or the path of a description"},
 "provider_dir": {"type": "string", "default": "/usr/share/chapar/providers/sms", "help": "where named descriptions are"},
 "account": {"type": "string", "help": "the account's name, as the provider's description asks"},
 "key": {"type": "secret", "help": "the account's key or password"},
 "secret": {"type": "secret", "help": "a second one, where the provider has two"},
 "sender": {"type": "string", "help": "sender of messages that bring none"},
 "source_allowed": {"type": "strings", "help": "senders that a message may name; X* stands for what begins so"},
 "options": {"type": "strings", "help": "NAME=VALUE for what else the description asks"},
 "endpoint": {"type": "string", "help": "replaces https://host of the description's addresses"},
 "ca_file": {"type": "string", "help": "PEM bundle to trust instead of the system's"},
 "public_url": {"type": "string", "help": "where the provider reaches this route's webhooks"},
 "webhook_token": {"type": "secret", "help": "a part of the webhooks' path that only the provider knows"},
 "webhook_secret": {"type": "secret", "help": "what the provider signs webhooks with"},
 "receipt_park": {"type": "duration", "default": "5s", "help": "how long a receipt that overtook its answer waits"},
 "smart": {"type": "boolean", "default": false, "help": "replace characters that cost segments"},
 "stop_words": {"type": "strings", "help": "words that unsubscribe, beside the built-in ones"}
})";

}  // namespace chapar::sms::http
