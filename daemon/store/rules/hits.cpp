#include "store/rules/hits.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/soft_bounces.hpp"

namespace chapar::store::rules {
namespace {

/// What a batch has for one message.
struct OfMessage {
    std::vector<std::size_t> hits;  // places in the batch
    std::vector<const HitRevision*> revisions;
};

/// What stands of a person who was forgotten: a message without an address. Nothing is noted of it any more.
bool is_forgotten(const MessageOwner& owner) {
    return std::ranges::all_of(owner.plan, [](const auto& step) { return step.address.empty(); });
}

std::int64_t tell_hit(Unit& unit, const MessageOwner& owner, const model::Hit& hit) {
    return unit.tables.feed().append(StateChange{.message = owner.id, .at = hit.at, .hit = hit.kind});
}

/// A hit was told of, and is another's now.
void tell_rescored(Unit& unit, const MessageOwner& owner, const model::Hit& hit, model::HitBy before) {
    model::FeedEntry entry;
    entry.application = owner.application;
    entry.message = owner.id;
    entry.effect = model::Effect::applied;
    entry.kind = "engagement.rescored";
    entry.recipient = owner.recipient;
    entry.code = model::name(hit.by);
    entry.detail = std::string(model::name(hit.kind)) + " " + std::to_string(hit.number) + " was " +
                   std::string(model::name(before));
    entry.at = hit.at;
    entry.noted_at = unit.now;
    unit.tables.feed().append(entry, {});
}

void revise(Unit& unit, const MessageOwner& owner, Engagement& engagement, const HitRevision& revision) {
    const auto hit = std::ranges::find(engagement.hits, revision.hit.number, &model::Hit::number);
    if (hit == engagement.hits.end()) return;  // it gave its place to another
    const auto before = std::exchange(hit->by, revision.hit.by);
    hit->points = revision.hit.points;
    hit->reasons = revision.hit.reasons;
    hit->features = revision.hit.features;
    if (before != hit->by) tell_rescored(unit, owner, *hit, before);
}

Engagement load_engagement(Unit& unit, MessageKey key) {
    auto kept = unit.tables.engagements().load(key);
    if (kept.is_sound()) return std::move(kept.value);
    if (kept.is == Stored<Engagement>::Is::damaged)
        log::error("store.row_damaged", "the hits of a message are damaged; they begin anew");
    return {.message = key};
}

/// False: there is no such message any more.
bool note_of(Unit& unit, MessageKey key, const OfMessage& what, const HitBatch& batch,
             std::vector<std::int64_t>& numbers) {
    const auto owner = unit.tables.messages().owner(key);
    if (!owner || is_forgotten(*owner)) return false;
    const auto before = load_engagement(unit, key);
    auto after = before;
    for (const auto* revision : what.revisions)
        revise(unit, *owner, after, *revision);
    for (const auto at : what.hits) {
        if (!add_hit(after, batch.hits[at].hit)) continue;
        after.hits.back().number = numbers[at] = tell_hit(unit, *owner, after.hits.back());
    }
    // Every hit and every change of its judgement passes here, once, in its own commit, and is counted for reports.
    if (after == before) return true;
    unit.tables.engagements().put(after);
    std::vector<model::CountedHit> counted;
    counted.reserve(after.hits.size());
    for (const auto& hit : after.hits)
        counted.push_back({hit.kind, hit.by, hit.at, step_of(owner->plan, hit.is_short ? "sms" : "email")});
    const auto is_human = [](const model::Hit& hit) { return hit.by == model::HitBy::human; };
    if (std::ranges::any_of(after.hits, is_human)) forgive_soft_bounces(unit, key);
    judge_hits(unit, key, counted);
    return true;
}

std::map<MessageKey, OfMessage> by_message(const HitBatch& batch) {
    std::map<MessageKey, OfMessage> out;
    for (std::size_t i = 0; i < batch.hits.size(); ++i)
        out[batch.hits[i].message].hits.push_back(i);
    for (const auto& revision : batch.revisions)
        out[revision.message].revisions.push_back(&revision);
    return out;
}

bool has_nothing(const HitTotals& totals) {
    const auto is_nothing = [](std::int64_t each) { return each == 0; };
    return std::ranges::all_of(totals, [&](const auto& each) { return std::ranges::all_of(each, is_nothing); });
}

std::int64_t day_of(Timestamp at) { return std::chrono::floor<std::chrono::days>(at).time_since_epoch().count(); }

}  // namespace

std::vector<std::int64_t> note_hits(Unit& unit, const HitBatch& batch) {
    std::vector<std::int64_t> numbers(batch.hits.size(), 0);
    auto totals = batch.totals;
    for (const auto& [key, what] : by_message(batch)) {
        if (note_of(unit, key, what, batch, numbers)) continue;
        for (const auto at : what.hits)
            ++totals.at(static_cast<std::size_t>(batch.hits[at].hit.kind))
                  .at(static_cast<std::size_t>(TotalOnly::no_message));
    }
    if (!has_nothing(totals)) unit.tables.engagements().add_totals(day_of(unit.now), totals);
    return numbers;
}

std::int64_t prune_hits(Unit& unit, const std::map<std::string, Timestamp>& before, int limit) {
    auto& until = unit.memory.hits_pruned_until;
    const auto keys = unit.tables.engagements().keys(until, limit);
    std::int64_t gone = 0;
    for (const auto key : keys) {
        until = key;
        const auto owner = unit.tables.messages().owner(key);
        const auto limit_of = owner ? before.find(owner->class_name) : before.end();
        if (owner && (limit_of == before.end() || owner->accepted_at >= limit_of->second)) continue;
        unit.tables.engagements().drop(key);
        ++gone;
    }
    if (static_cast<int>(keys.size()) < limit) until = MessageKey{0};
    return gone;
}

}  // namespace chapar::store::rules
