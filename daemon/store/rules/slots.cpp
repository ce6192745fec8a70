#include "store/rules/slots.hpp"

#include <algorithm>

namespace chapar::store::rules {

void reserve(Unit& unit, MessageKey key, SlotHoldings& holdings, Timestamp at,
             const std::vector<model::Ruling::Slot>& slots, std::optional<model::KindId> kind) {
    give_back(unit, key, holdings);
    holdings.slots.clear();
    holdings.at = at;
    for (const auto& slot : slots) {
        if (std::ranges::find(holdings.slots, slot.scope) != holdings.slots.end()) continue;
        model::Use use = slot.use;
        use.at = at;
        use.key = key;
        use.kind = kind.value_or(use.kind);
        use.state = model::UseState::reserved;
        unit.tables.uses().add(slot.scope, use);
        if (unit.reads != nullptr) unit.reads->add(slot.scope, use, *unit.ledger);
        holdings.slots.push_back(slot.scope);
    }
}

void give_back(Unit& unit, MessageKey key, SlotHoldings& holdings) {
    std::erase_if(holdings.slots, [&](model::Scope scope) {
        if (unit.reads != nullptr) unit.reads->forget_uses(scope);
        return unit.tables.uses().give_back(scope, holdings.at, key);
    });
}

void restate(Unit& unit, MessageKey key, const SlotHoldings& holdings, model::UseState state) {
    for (const auto scope : holdings.slots) {
        if (unit.reads != nullptr) unit.reads->forget_uses(scope);
        unit.tables.uses().restate(scope, holdings.at, key, state);
    }
}

void apply(Unit& unit, Slots slots, MessageKey key, SlotHoldings& holdings) {
    switch (slots) {
        case Slots::keep:
            return;
        case Slots::give_back:
            return give_back(unit, key, holdings);
        case Slots::handed_off:
            return restate(unit, key, holdings, model::UseState::handed_off);
        case Slots::delivered:
            return restate(unit, key, holdings, model::UseState::delivered);
        case Slots::rejected:
            return restate(unit, key, holdings, model::UseState::rejected);
        case Slots::undelivered:
            return restate(unit, key, holdings, model::UseState::undelivered);
    }
}

void join(Unit& unit, MessageKey key, SlotHoldings& holdings, const model::Member& member) {
    leave(unit, key, holdings);
    holdings.group = {member.scope, member.rank};
    if (unit.reads != nullptr) unit.reads->forget_group(member.scope);
    unit.tables.relations().join(key, *holdings.group);
}

void leave(Unit& unit, MessageKey key, SlotHoldings& holdings) {
    if (!holdings.group) return;
    if (unit.reads != nullptr) unit.reads->forget_group(holdings.group->scope);
    unit.tables.relations().leave(key, *holdings.group);
    holdings.group.reset();
}

std::optional<MessageKey> take_collapse(Unit& unit, model::Scope scope, MessageKey key) {
    const auto before = unit.tables.relations().holder(scope);
    unit.tables.relations().hold(scope, key);
    return before;
}

std::optional<MessageKey> successor(Unit& unit, MessageKey key, const SlotHoldings& holdings) {
    if (holdings.collapse == 0) return std::nullopt;
    const auto holder = unit.tables.relations().holder(holdings.collapse);
    if (!holder || *holder == key) return std::nullopt;
    return holder;
}

void carry(Unit& unit, MessageKey leader, SlotHoldings& holdings, MessageKey key) {
    holdings.carries = true;
    if (unit.reads != nullptr) unit.reads->forget_carried(leader);
    unit.tables.relations().carry(leader, key);
}

void drop_relations(Unit& unit, MessageKey key, const SlotHoldings& holdings) {
    if (holdings.collapse != 0) unit.tables.relations().let_go(holdings.collapse, key);
    if (holdings.carries) unit.tables.relations().put_all_down(key);
}

}  // namespace chapar::store::rules
