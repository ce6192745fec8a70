#pragma once
// What a message holds: changed in its holdings and in the tables.

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// What was known as not sent is counted anew; what may have been sent stays counted where it was. `kind`: of all of
/// them, unless each names its own.
void reserve(Unit& unit, MessageKey key, SlotHoldings& holdings, Timestamp at,
             const std::vector<model::Ruling::Slot>& slots, std::optional<model::KindId> kind);
/// Slots that are only reserved go; others stay as they are.
void give_back(Unit& unit, MessageKey key, SlotHoldings& holdings);
void restate(Unit& unit, MessageKey key, const SlotHoldings& holdings, model::UseState state);
void apply(Unit& unit, Slots slots, MessageKey key, SlotHoldings& holdings);

void join(Unit& unit, MessageKey key, SlotHoldings& holdings, const model::Member& member);
void leave(Unit& unit, MessageKey key, SlotHoldings& holdings);

/// `key` takes the place of the message that holds `scope`, which is answered.
std::optional<MessageKey> take_collapse(Unit& unit, model::Scope scope, MessageKey key);
/// A newer message holds this one's collapse scope.
std::optional<MessageKey> successor(Unit& unit, MessageKey key, const SlotHoldings& holdings);
void carry(Unit& unit, MessageKey leader, SlotHoldings& holdings, MessageKey key);
/// When the message's row goes.
void drop_relations(Unit& unit, MessageKey key, const SlotHoldings& holdings);

}  // namespace chapar::store::rules
