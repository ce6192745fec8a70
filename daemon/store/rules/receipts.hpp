#pragma once
// Reports, matched and applied: what they do to a part, to the message, to the feed. The first final word stands.

#include "store/queue.hpp"
#include "store/reports.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

Reported report(Unit& unit, const model::Report& report);
/// An attempt has an outcome: what is tracked is remembered, and what came before it is applied.
void apply_waiting_reports(Unit& unit, const Settlement& settlement);

/// The ids and last-message rows of a message that goes.
void drop_provider_ids(Unit& unit, const model::Message& message);
/// When the person is forgotten: that it was the last message to its addresses.
void drop_last_sent(Unit& unit, const model::Message& message);

}  // namespace chapar::store::rules
