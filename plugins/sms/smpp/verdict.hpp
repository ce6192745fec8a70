#pragma once
// What an answer of the SMSC means for the message and for the route. The rules stand in
// config/providers/smpp/statuses.toml; docs/sms.md explains them. Pure.

#include "sms/smpp/statuses.hpp"

namespace chapar::sms {

/// The status of a submit_sm_resp (or generic_nack). A status says that the SMSC did not take the message, so there is
/// no UNKNOWN here. `own_source`: the message brought its sender, so a refused sender is the message's fault; else it
/// is the route's, and the message goes by another route instead of failing. `site`: what the route says, asked first.
/// Never blames the credentials.
Ruling rule_submit(std::uint32_t status, bool own_source, const StatusTable& site);

/// The status of a bind response: who is to blame that there is no session. `refusals`: how many binds in a row were
/// refused, this one included.
Blame rule_bind(std::uint32_t status, int refusals);

}  // namespace chapar::sms
