#pragma once
// [[webhook]]: who is told of events, and how. Plain data, as settings.hpp.

#include <cstdint>
#include <string>
#include <vector>

namespace chapar::config {

struct WebhookSettings {
    std::string name;
    std::string url;
    std::vector<std::string> secrets;                 // names of secrets; two while one is changed
    std::vector<std::string> events = {"message.*"};  // "message.delivered", "message.*", "*"
    std::string order = "person";                     // none, person, strict
    std::string application;                          // whose events; empty: all
    std::string signing_key;                          // name of a secret; empty: no v1a
    bool insecure = false;                            // http is allowed
    std::string ca_file;                              // PEM; empty: the system's
    std::vector<std::string> allow_networks;          // that are not of the internet, and may be called all the same
    std::vector<std::string> retries;                 // durations; empty: engage::webhook_waits
    std::uint32_t max_in_flight = 16;
    bool enabled = true;
    bool operator==(const WebhookSettings&) const = default;
};

}  // namespace chapar::config
