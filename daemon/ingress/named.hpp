#pragma once
// Who and what a request names: people in any spelling, channels, topics. The reads block: for a reader thread.

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "ingress/server.hpp"
#include "net/http_endpoint.hpp"
#include "store/messages.hpp"

namespace chapar::ingress {

/// The person of /v1/recipients/{id}/...: the id, or the key of the address or number that it spells.
std::string named(const Deps& deps, const net::Call& call);

/// The id of the profile that `name` means: its own, or that of the only person who has this address; else the name.
Result<std::string> profile_named(const Deps& deps, const std::string& application, const std::string& name);

/// A filter's recipient, in any spelling, becomes the names of all that belongs to it.
Result<void> name_people(const Deps& deps, const net::Caller& caller, store::ListFilter& filter);

/// What is wrong with a channel that a consent or a suppression names; empty: there is one, or it is "*".
std::string wrong_channel(const config::Settings& settings, std::string_view channel);

/// What a consent may be about: the classes, the categories that rules name and those that messages had.
Result<std::vector<std::string>> known_topics(const Deps& deps);
/// What is wrong with a topic; empty: it is one of them, or "*".
std::string wrong_topic(const std::vector<std::string>& known, std::string_view topic);

}  // namespace chapar::ingress
