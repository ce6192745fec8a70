#include "store/rules/retain.hpp"

#include <algorithm>

#include "store/rules/pools.hpp"
#include "store/rules/receipts.hpp"
#include "store/rules/slots.hpp"
#include "store/rules/unmatched.hpp"

namespace chapar::store::rules {
namespace {

bool is_over(model::State state) { return model::is_terminal(state) || state == model::State::sent; }

/// A message that is carried by another one goes after it: it may have to be rendered again.
bool is_needed(Unit& unit, const StateRow& row) {
    if (row.progress.state != model::State::collected) return false;
    const auto carrier = unit.tables.states().state(row.holdings.carrier.value_or(MessageKey{}));
    return carrier && !is_over(*carrier);
}

void drop_revisions(Unit& unit) {
    for (const auto& name : unit.tables.settings().unused_revisions()) {
        if (!unit.memory.live_revisions.contains(name)) unit.tables.settings().drop_revision(name);
    }
}

std::vector<StateRow> candidates(Unit& unit, Timestamp before, int limit) {
    std::vector<StateRow> out;
    const MessageKey end{to_ms(before) << MessageId::order_bits};
    int looks = 10 * std::max(limit, 100);
    MessageKey& until = unit.memory.pruned_until;
    const auto visit = [&](MessageKey key, const Stored<StateRow>& row) {
        until = key;
        // A damaged one is held by whoever reads it.
        if (row.is_sound() && is_over(row.value.progress.state)) out.push_back(row.value);
        return static_cast<int>(out.size()) < limit && --looks > 0;
    };
    if (!unit.tables.states().scan(until, end, visit)) return out;
    until = MessageKey{0};
    drop_revisions(unit);
    return out;
}

void remove(Unit& unit, const StateRow& row, bool has_provider_ids) {
    drop_relations(unit, row.key, row.holdings);
    unit.changes.counts.add(row.pool, row.progress.state, -1);
    const auto kept = unit.tables.messages().load(row.key);
    if (kept.is_sound()) {  // of a damaged one nothing is believed
        unit.tables.keys().drop(kept.value.message.application, kept.value.idempotency_key, row.key);
        if (has_provider_ids) drop_provider_ids(unit, kept.value.message);
    }
    unit.tables.engagements().drop(row.key);
    unit.tables.messages().remove(row);
}

}  // namespace

std::int64_t prune(Unit& unit, Timestamp before, int limit, Monotonic idle) {
    drop_idle_pools(unit, idle);
    auto rows = candidates(unit, before, limit);
    std::erase_if(rows, [&](const StateRow& row) { return is_needed(unit, row); });
    const bool has_provider_ids = !unit.tables.provider_ids().is_empty();
    for (const StateRow& row : rows)
        remove(unit, row, has_provider_ids);
    unit.tables.messages().tidy(limit);
    return static_cast<std::int64_t>(rows.size());
}

std::int64_t prune_uses(Unit& unit, Timestamp before, int limit) {
    const auto gone = unit.tables.uses().prune(before, limit);
    if (const auto none = unit.tables.uses().none_before()) unit.tables.kinds().drop_unused(*none);
    return gone;
}

std::int64_t prune_feed(Unit& unit, Timestamp before, int limit) {
    return unit.tables.feed().prune(before, limit) + prune_unmatched(unit, before, limit);
}

bool put_revision(Unit& unit, const std::string& name, const std::string& bundle) {
    unit.memory.live_revisions.insert(name);
    if (unit.tables.settings().has_bundle(name)) return false;
    unit.tables.settings().put_bundle(name, bundle);
    return true;
}

}  // namespace chapar::store::rules
