#include "store/rules/transactions.hpp"

#include "store/rules/erase.hpp"
#include "store/rules/lease.hpp"
#include "store/rules/people.hpp"
#include "store/rules/receipts.hpp"
#include "store/rules/soft_bounces.hpp"
#include "store/rules/state_rows.hpp"
#include "store/rules/states.hpp"

namespace chapar::store::rules {

std::vector<model::Leased> write_leases(Unit& unit, const std::vector<Lease>& batch, model::Gate* gate) {
    erase_before_lease(unit, batch);
    return lease(unit, batch, gate);
}

namespace {

bool write_settlement(Unit& unit, const Settlement& settlement) {
    if (!settle(unit, settlement)) return false;
    auto& settings = unit.tables.settings();
    if (settlement.deaths && *settlement.deaths != 0) settings.put_suspect(settlement.key, *settlement.deaths, false);
    if (settlement.deaths && *settlement.deaths == 0) settings.drop_suspect(settlement.key);
    if (settlement.suppress) suppress(unit, {*settlement.suppress});
    if (settlement.arrival) learn_arrival(unit, *settlement.arrival, settlement.key, settlement.at);
    apply_waiting_reports(unit, settlement);
    if (settlement.suppress) suppress(unit, {*settlement.suppress});
    erase_after_move(unit, settlement.key);
    return true;
}

}  // namespace

std::vector<bool> write_settlements(Unit& unit, const std::vector<Settlement>& batch) {
    std::vector<MessageKey> keys;
    std::vector<AttemptKey> attempts;
    keys.reserve(batch.size());
    attempts.reserve(batch.size());
    for (const auto& each : batch) {
        keys.push_back(each.key);
        attempts.push_back({each.key, each.number});
    }
    want_states(unit, keys);
    unit.wanted.fetch_attempts(unit.tables.attempts(), attempts);
    std::vector<bool> out(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i)
        out[i] = write_settlement(unit, batch[i]);
    unit.wanted.forget();
    return out;
}

Result<model::Progress> write_move(Unit& unit, const Transition& transition) {
    auto progress = move(unit, transition);
    if (progress) erase_after_move(unit, transition.key);
    // Whoever asks for another try has looked at it: nothing is held against it any more.
    if (progress && transition.event == model::Event::retry) unit.tables.settings().drop_suspect(transition.key);
    return progress;
}

Reported write_report(Unit& unit, const model::Report& told) {
    auto reported = report(unit, told);
    if (reported.message) erase_after_move(unit, reported.message->key());
    return reported;
}

void hold_damaged(Unit& unit, MessageKey key, std::string_view what) {
    // What was on its way may have left, so it never goes again by itself.
    if (quarantine(unit, key, what) == model::State::waiting) unit.tables.settings().put_suspect(key, 0, true);
}

bool release_whole(Unit& unit, MessageKey key) {
    unit.tables.settings().drop_suspect(key);
    return acquit(unit, key);
}

}  // namespace chapar::store::rules
