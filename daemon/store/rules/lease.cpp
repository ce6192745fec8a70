#include "store/rules/lease.hpp"

#include "base/log.hpp"
#include "store/rules/ledger.hpp"
#include "store/rules/links.hpp"
#include "store/rules/slots.hpp"
#include "store/rules/state_rows.hpp"

namespace chapar::store::rules {

using model::Event;
using model::Leased;
using model::Reason;
using model::Ruling;
using model::State;

namespace {

bool begin_attempt(Unit& unit, const Lease& lease, StateRow& row) {
    model::Attempt attempt;
    attempt.number = lease.number;
    attempt.channel = lease.channel;
    attempt.route = lease.route;
    attempt.started_at = lease.at;
    if (!unit.tables.attempts().begin(lease.key, attempt)) return false;
    row.progress.state = State::sending;
    row.progress.attempts = lease.number;
    row.owner = unit.self;
    return true;
}

/// Of those that wait for the digest of `leader`, or that it carries already.
void leave_out(Unit& unit, const Ruling::Left& left, MessageKey leader) {
    auto found = load_state(unit, left.key);
    if (!found.is_sound()) return;
    auto& row = found.value;
    const auto before = row.progress.state;
    const bool is_carried = before == State::collected && row.holdings.carrier == leader;
    if (before != State::waiting && !is_carried) return;
    const auto to = model::next(before, left.event);
    if (!to) return;
    row.progress.state = *to;
    row.holdings.carrier.reset();
    for (const auto& entry : left.trace)
        model::append(row.progress.trace, entry);
    if (is_carried && unit.reads != nullptr) unit.reads->forget_carried(leader);
    if (is_carried) unit.tables.relations().put_down(leader, left.key);
    save_state(unit, row);
}

/// Those that wait no longer are left alone.
void take_over(Unit& unit, const Lease& lease, StateRow& row, const Ruling& ruling) {
    const auto name = id_text(unit, lease.key);
    for (const MessageKey other : ruling.displace) {
        if (other != lease.key) end_waiting(unit, other, Event::supersede, {{lease.at, Reason::displaced, name}});
    }
    for (const MessageKey other : ruling.collect) {
        if (other != lease.key &&
            end_waiting(unit, other, Event::collect, {{lease.at, Reason::collected, name}}, lease.key))
            carry(unit, lease.key, row.holdings, other);
    }
    for (const auto& left : ruling.leave_out)
        if (left.key != lease.key) leave_out(unit, left, lease.key);
}

Leased go(Unit& unit, const Lease& lease, StateRow& row, const Ruling& ruling) {
    auto links = choose_links(unit, lease);
    if (!links || !begin_attempt(unit, lease, row)) return {};
    keep_links(unit, lease, *links, ruling.is_unwatched);
    for (const auto& entry : ruling.trace)
        model::append(row.progress.trace, entry);
    std::optional<model::KindId> kind;
    if (ruling.kind && !ruling.reserve.empty()) kind = unit.tables.kinds().intern(*ruling.kind, unit.now);
    reserve(unit, lease.key, row.holdings, lease.at, ruling.reserve, kind);
    if (!ruling.displace.empty() || !ruling.collect.empty() || !ruling.leave_out.empty())
        take_over(unit, lease, row, ruling);
    save_state(unit, row);
    return {.granted = true, .state = {}, .links = std::move(*links)};
}

/// What is kept back holds no slot: it will be asked again before it goes.
Leased keep_back(Unit& unit, const Lease& lease, StateRow& row, const Ruling& ruling) {
    if (ruling.action == Ruling::Action::end) {
        const auto to = model::next(State::waiting, ruling.event);
        if (!to || to == State::waiting || to == State::sending) return {};
        row.progress.state = *to;
    } else {
        row.progress.due = ruling.due;
        if (ruling.action == Ruling::Action::step) row.progress.step = ruling.step;
    }
    for (const auto& entry : ruling.trace)
        model::append(row.progress.trace, entry);
    give_back(unit, lease.key, row.holdings);
    leave(unit, lease.key, row.holdings);
    if (ruling.action != Ruling::Action::end && ruling.join) join(unit, lease.key, row.holdings, *ruling.join);
    save_state(unit, row);
    return {.granted = false, .state = row.progress.state, .step = row.progress.step, .due = row.progress.due};
}

Leased hold(Unit& unit, const Lease& lease, StateRow& row, const std::string& why) {
    log::error("store.history_unsure", "message key {} is held: {}", log::Field("key", lease.key.value), why);
    row.progress.state = State::held;
    model::append(row.progress.trace, {lease.at, Reason::quarantined, why});
    save_state(unit, row);
    return {.granted = false, .state = State::held, .step = row.progress.step, .due = row.progress.due};
}

/// Nothing: the policy has not decided after the most rounds of reading. Where the tables have failed, no answer
/// counts.
std::optional<Ruling> ask(Unit& unit, model::Gate& gate, std::size_t index) {
    model::ReadPlan more;
    for (int round = 0; round < model::most_rounds; ++round) {
        (void)unit.reads->take_damage();
        if (auto ruling = gate.rule(index, *unit.reads, more)) return ruling;
        unit.reads->fetch(more, *unit.ledger);
        more.clear();
    }
    return std::nullopt;
}

Leased lease_one(Unit& unit, const Lease& lease, model::Gate* gate, std::size_t index) {
    auto found = load_state(unit, lease.key);
    if (!found.is_sound()) return {};
    auto& row = found.value;
    if (row.progress.state != State::waiting || row.progress.attempts != lease.number - 1) return {};
    // It was given another time after it was picked; nothing else writes this reason.
    const auto last = model::last_entry(row.progress.trace);
    if (row.progress.due > lease.at && last && last->reason == Reason::scheduled)
        return {.granted = false, .state = State::waiting, .step = row.progress.step, .due = row.progress.due};
    if (gate == nullptr) return go(unit, lease, row, {});
    const auto ruling = ask(unit, *gate, index);
    if (!ruling)
        return hold(unit, lease, row,
                    "the policy had not decided after " + std::to_string(model::most_rounds) + " rounds of reading");
    const auto damage = unit.reads->take_damage();
    if (!damage.empty()) return hold(unit, lease, row, damage + " that decides on it is damaged");
    return ruling->action == Ruling::Action::go ? go(unit, lease, row, *ruling) : keep_back(unit, lease, row, *ruling);
}

}  // namespace

std::vector<Leased> lease(Unit& unit, const std::vector<Lease>& batch, model::Gate* gate) {
    TableLedger ledger(ledger_tables(unit.tables), unit.now);
    model::ReadSet reads;
    if (gate != nullptr && gate->plan() != nullptr) reads.fetch(*gate->plan(), ledger);
    unit.reads = &reads;
    unit.ledger = &ledger;
    std::vector<MessageKey> keys;
    keys.reserve(batch.size());
    for (const auto& each : batch)
        keys.push_back(each.key);
    want_states(unit, keys);
    std::vector<Leased> out(batch.size());
    for (std::size_t i = 0; i < batch.size() && !unit.tables.has_failed(); ++i)
        out[i] = lease_one(unit, batch[i], gate, i);
    unit.reads = nullptr;
    unit.ledger = nullptr;
    unit.wanted.forget();
    return out;
}

void supersede(Unit& unit, const NewMessage& by) {
    const auto before = take_collapse(unit, by.collapse, by.message.id.key());
    if (before) end_waiting(unit, *before, Event::supersede, {{unit.now, Reason::superseded, by.message.id.text()}});
}

}  // namespace chapar::store::rules
