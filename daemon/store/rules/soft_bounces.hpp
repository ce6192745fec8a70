#pragma once
// Addresses at which mails don't arrive: counted, forgiven, and in the end spared of advertising. A refusal at send
// time and a bounce that comes later count alike.
//
// Five soft bounces over at least ten days, with nothing that arrived between them: no advertising for 90 days; the
// third time for good. A mail that its server took has arrived when it has not come back for five days, which is how
// long servers try; a receipt of the delivery, an open or a click by a person says so at once. What arrives ends the
// counting; how often an address was suppressed stays known.

#include <string_view>

#include "model/arrival.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

inline constexpr int most_soft_bounces = 5;
inline constexpr Milliseconds soft_bounces_over = std::chrono::hours(24 * 10);
inline constexpr Milliseconds soft_bounces_rest = std::chrono::hours(24 * 90);
inline constexpr int soft_bounces_times = 3;
inline constexpr Milliseconds comes_back_within = std::chrono::hours(24 * 5);

/// `message`: which it was of.
void learn_arrival(Unit& unit, const model::Arrival& arrival, MessageKey message, Timestamp at);
/// A person opened or clicked: the mail has arrived at the address of its step for email.
void forgive_soft_bounces(Unit& unit, MessageKey message);

}  // namespace chapar::store::rules
