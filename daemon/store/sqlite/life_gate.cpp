// The gate's rulings, within the transaction of the lease, and what one message does to another.

#include "base/log.hpp"
#include "store/sqlite/life.hpp"

namespace chapar::store::sqlite {

using model::Event;
using model::Leased;
using model::Reason;
using model::Ruling;
using model::State;

std::vector<Leased> Life::lease(const std::vector<Lease>& batch, model::Gate* gate) {
    std::vector<Leased> out(batch.size());
    for (std::size_t i = 0; i < batch.size() && connection_.fault() == 0; ++i)
        out[i] = lease_one(batch[i], gate, i);
    return out;
}

Leased Life::lease_one(const Lease& lease, model::Gate* gate, std::size_t index) {
    auto row = load(lease.key);
    if (row.kind != Loaded::Kind::sound) return {};
    if (row.progress.state != State::waiting || row.progress.attempts != lease.number - 1) return {};
    // It was given another time after it was picked; nothing else writes this reason.
    const auto last = model::last_entry(row.progress.trace);
    if (row.progress.due > lease.at && last && last->reason == Reason::scheduled)
        return {.granted = false, .state = State::waiting, .step = row.progress.step, .due = row.progress.due};
    if (gate == nullptr) return go(lease, row, {});
    const Ruling ruling = gate->rule(index, ledger_);
    const auto damage = ledger_.take_damage();
    if (!damage.empty()) return hold(lease, row, damage);
    return ruling.action == Ruling::Action::go ? go(lease, row, ruling) : keep_back(lease, row, ruling);
}

Leased Life::go(const Lease& lease, Loaded& row, const Ruling& ruling) {
    if (!write_lease(lease, row)) return {};
    for (const auto& entry : ruling.trace)
        model::append(row.progress.trace, entry);
    holder_.reserve(lease.key, row.holdings, lease.at, ruling.reserve);
    if (!ruling.displace.empty() || !ruling.collect.empty() || !ruling.leave_out.empty()) take_over(lease, row, ruling);
    save(lease.key, row, State::waiting);
    return {.granted = true, .state = {}};
}

/// Those that wait no longer are left alone.
void Life::take_over(const Lease& lease, Loaded& row, const Ruling& ruling) {
    const auto name = id_text(lease.key);
    for (const MessageKey other : ruling.displace) {
        if (other != lease.key) end_waiting(other, Event::supersede, {{lease.at, Reason::displaced, name}});
    }
    for (const MessageKey other : ruling.collect) {
        if (other != lease.key && end_waiting(other, Event::collect, {{lease.at, Reason::collected, name}}, lease.key))
            holder_.collect(lease.key, row.holdings, other);
    }
    for (const auto& left : ruling.leave_out)
        if (left.key != lease.key) leave_out(left, lease.key);
}

/// What is kept back holds no slot: it will be asked again before it goes.
Leased Life::keep_back(const Lease& lease, Loaded& row, const Ruling& ruling) {
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
    holder_.give_back(lease.key, row.holdings);
    holder_.leave(lease.key, row.holdings);
    if (ruling.action != Ruling::Action::end && ruling.join) holder_.join(lease.key, row.holdings, *ruling.join);
    save(lease.key, row, State::waiting);
    return {.granted = false, .state = row.progress.state, .step = row.progress.step, .due = row.progress.due};
}

Leased Life::hold(const Lease& lease, Loaded& row, const std::string& damage) {
    log::error("store.history_unsure", "message key {} is held: {} that decides on it is damaged",
               log::Field("key", lease.key.value), damage);
    row.progress.state = State::held;
    model::append(row.progress.trace, {lease.at, Reason::quarantined, damage + " that decides on it is damaged"});
    save(lease.key, row, State::waiting);
    return {.granted = false, .state = State::held, .step = row.progress.step, .due = row.progress.due};
}

bool Life::end_waiting(MessageKey key, Event event, const std::vector<model::TraceEntry>& why,
                       std::optional<MessageKey> carrier) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound || row.progress.state != State::waiting) return false;
    const auto to = model::next(State::waiting, event);
    if (!to) return false;
    row.progress.state = *to;
    row.holdings.carrier = carrier;
    for (const auto& entry : why)
        model::append(row.progress.trace, entry);
    save(key, row, State::waiting);
    return true;
}

/// Of those that wait for the digest of `leader`, or that it carries already.
void Life::leave_out(const model::Ruling::Left& left, MessageKey leader) {
    auto row = load(left.key);
    if (row.kind != Loaded::Kind::sound) return;
    const auto before = row.progress.state;
    const bool is_carried = before == State::collected && row.holdings.carrier == leader;
    if (before != State::waiting && !is_carried) return;
    const auto to = model::next(before, left.event);
    if (!to) return;
    row.progress.state = *to;
    row.holdings.carrier.reset();
    for (const auto& entry : left.trace)
        model::append(row.progress.trace, entry);
    if (is_carried) holder_.put_down(leader, left.key);
    save(left.key, row, before);
}

void Life::supersede(const NewMessage& by) {
    const auto before = holder_.take_collapse(by.collapse, by.message.id.key());
    if (before) end_waiting(*before, Event::supersede, {{clock_.now(), Reason::superseded, by.message.id.text()}});
}

void Life::yield_to_successor(MessageKey key, Loaded& row, Timestamp at) {
    if (row.progress.state != State::waiting) return;
    const auto successor = holder_.successor(key, row.holdings);
    const auto to = model::next(State::waiting, Event::supersede);
    if (!successor || !to) return;
    row.progress.state = *to;
    model::append(row.progress.trace, {at, Reason::superseded, id_text(*successor)});
}

std::optional<State> Life::erase(MessageKey key) {
    auto row = load(key);
    if (row.kind != Loaded::Kind::sound) return std::nullopt;
    const auto before = row.progress.state;
    if (before == State::sending) return before;
    const auto to = model::next(before, Event::cancel);
    if (to) row.progress.state = *to;
    std::string trace;  // details may name the address
    for (const auto& entry : model::decode_trace(row.progress.trace))
        model::append(trace, {entry.at, entry.reason, ""});
    row.progress.trace = std::move(trace);
    model::append(row.progress.trace, {clock_.now(), Reason::erased, ""});
    row.fixed.follow_up = 0;
    save(key, row, before);
    return before;
}

}  // namespace chapar::store::sqlite
