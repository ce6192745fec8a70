#include "store/rules/soft_bounces.hpp"

#include <algorithm>
#include <string>

#include "address/key.hpp"
#include "store/rules/people.hpp"
#include "store/rules/state_rows.hpp"

namespace chapar::store::rules {
namespace {

using What = model::Arrival::What;

/// Most sites have none, and then nobody looks.
bool has_any(Unit& unit) {
    auto& known = unit.memory.has_soft_bounces;
    if (!known) known = !unit.tables.people().has_no_soft_bounces();
    return *known;
}

void arrive(SoftBounces& row) {
    row.count = 0;
    row.taken = {};
    row.taken_at = {};
}

/// What a server took long ago, and what did not come back, has arrived.
void look_at_taken(SoftBounces& row, Timestamp at) {
    if (row.taken != MessageKey{} && row.taken_at + comes_back_within <= at) arrive(row);
}

void suppress_for(Unit& unit, SoftBounces& row, const model::Arrival& arrival, MessageKey message, Timestamp at) {
    ++row.times;
    row.count = 0;
    row.rests_until = at + soft_bounces_rest;
    model::Suppression out{.channel = arrival.channel,
                           .address = arrival.address,
                           .reach = model::SuppressionReach::marketing,
                           .reason = "soft_bounces",
                           .source = "nothing arrives since " + std::to_string(to_ms(row.first)) +
                                     " (ms), the last was message " + id_text(unit, message),
                           .at = at,
                           .until = row.rests_until};
    if (row.times >= soft_bounces_times) out.until.reset();
    suppress(unit, {std::move(out)});
}

void count_soft(Unit& unit, SoftBounces& row, const model::Arrival& arrival, MessageKey message, Timestamp at) {
    if (row.taken == message) {
        row.taken = {};
        row.taken_at = {};
    }
    look_at_taken(row, at);
    if (at < row.rests_until) return;
    if (row.count++ == 0) row.first = at;
    row.last = at;
    if (row.count >= most_soft_bounces && row.last - row.first >= soft_bounces_over)
        suppress_for(unit, row, arrival, message, at);
}

}  // namespace

void learn_arrival(Unit& unit, const model::Arrival& arrival, MessageKey message, Timestamp at) {
    if (arrival.address.empty() || (arrival.what != What::soft && !has_any(unit))) return;
    auto& people = unit.tables.people();
    const auto key = address::key(arrival.address);
    auto known = people.soft_bounces(arrival.channel, key);
    if (!known && arrival.what != What::soft) return;
    SoftBounces row = known.value_or(SoftBounces{.channel = arrival.channel, .address = key});
    switch (arrival.what) {
        case What::soft:
            count_soft(unit, row, arrival, message, at);
            unit.memory.has_soft_bounces = true;
            break;
        case What::taken:
            look_at_taken(row, at);
            if (row.count == 0 || row.taken != MessageKey{}) break;
            row.taken = message;
            row.taken_at = at;
            break;
        case What::arrived:
            arrive(row);
            break;
    }
    if (known && *known == row) return;
    people.put_soft_bounces(row);
}

void forgive_soft_bounces(Unit& unit, MessageKey message) {
    if (!has_any(unit)) return;
    const auto owner = unit.tables.messages().owner(message);
    if (!owner) return;
    const auto step = std::ranges::find(owner->plan, "email", &model::PlanStep::channel);
    if (step == owner->plan.end()) return;
    learn_arrival(unit, {What::arrived, step->channel, step->address}, message, unit.now);
}

}  // namespace chapar::store::rules
