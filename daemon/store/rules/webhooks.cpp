#include "store/rules/webhooks.hpp"

namespace chapar::store::rules {

bool write_webhook(Unit& unit, const WebhookChange& change) {
    auto& table = unit.tables.webhooks();
    const auto& name = change.state.name;
    table.put(change.state);
    for (const auto number : change.drop)
        table.drop_wait(name, number);
    for (const auto& wait : change.put)
        table.put_wait(name, wait);
    if (!change.tells) return true;
    auto entry = *change.tells;
    entry.noted_at = unit.now;
    unit.tables.feed().append(entry, {});
    return true;
}

bool forget_webhook(Unit& unit, const std::string& name) { return unit.tables.webhooks().drop(name); }

}  // namespace chapar::store::rules
