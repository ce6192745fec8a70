#pragma once
// What an answer of the SMSC means for the message and for the route. Pure.

#include <cstdint>
#include <map>

#include "sms/ruling.hpp"

namespace chapar::sms {

/// What a site says of statuses, before the built-in table.
using StatusTable = std::map<std::uint32_t, Ruling>;

/// The status of a submit_sm_resp (or generic_nack). A status says that the SMSC did not take the message, so there is
/// no UNKNOWN here. `own_source`: the message brought its sender, so a refused sender is the message's fault; else it
/// is the route's, and the message goes by another route instead of failing. Never blames the credentials.
Ruling rule_submit(std::uint32_t status, bool own_source, const StatusTable& site);

/// The status of a bind response: who is to blame that there is no session. `refusals`: how many binds in a row were
/// refused, this one included.
Blame rule_bind(std::uint32_t status, int refusals);

}  // namespace chapar::sms
