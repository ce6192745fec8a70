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
/// is the route's, which then rests instead of failing message after message.
Ruling rule_submit(std::uint32_t status, bool own_source, const StatusTable& site);

/// The status of a bind response: who is to blame that there is no session.
Blame rule_bind(std::uint32_t status);

}  // namespace chapar::sms
