#pragma once
// Reads from a request what the policy needs of it, once: when the message is accepted, or for a row that was stored
// without. Pure; any thread. Shows simdjson: for .cpp files.

#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "model/policy_fields.hpp"

namespace chapar::policy {

/// The paths into the data of messages that caps ask for.
std::vector<std::string> data_paths(const config::Settings& settings);

/// `profile`: the stored profile that the message is accepted with; null: the request's own, or none.
/// `country`: the site's, of a phone number that names none.
/// `paths`: into the message's data, of which rules ask.
/// Without `step_senders`, which the content and the templates say.
model::PolicyFields read_fields(const simdjson::dom::element& request, const simdjson::dom::element* profile,
                                std::string_view country, const std::vector<std::string>& paths);
/// Of a stored body. One that does not parse gives none: rendering refuses that message later.
model::PolicyFields read_fields(std::string_view body, std::string_view country, const std::vector<std::string>& paths);

/// The value at a path into the data of a stored body; empty: there is none.
std::string value_at(std::string_view body, std::string_view path);

}  // namespace chapar::policy
