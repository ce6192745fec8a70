#pragma once
// The table of SMPP statuses (config/providers/smpp/statuses.toml), which is built in. Pure.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "sms/ruling.hpp"

namespace chapar::sms {

/// By command_status: what it means for the message.
using StatusTable = std::map<std::uint32_t, Ruling>;

struct Statuses {
    StatusTable submit;
    /// By the status of a bind response: how many refusals in a row it takes until the credentials are to blame.
    std::map<std::uint32_t, int> bind;
};

/// A refusal that a status may mean: "retry/lane", "retry/provider 1h", "sender", "blocked" ...; nullopt: not of that
/// form, no refusal, or one that blames the credentials, which no answer to a message may do.
std::optional<Ruling> parse_refusal(std::string_view text);

/// Throws toml_file's error with file:line:column where `text` is not such a table.
Statuses parse_statuses(std::string_view text, const std::string& file);

/// The text of config/providers/smpp/statuses.toml, and what it says.
std::string_view shipped_statuses();
const Statuses& built_in_statuses();

}  // namespace chapar::sms
