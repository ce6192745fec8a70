// What is counted, who waits with whom, and people in memory.

#include <algorithm>
#include <limits>

#include "store/memory/tables.hpp"
#include "store/profile.hpp"
#include "store/rows/erased_address.hpp"

namespace chapar::store::memory {
namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

bool is_before(const model::Use& use, Timestamp at) { return use.at < at; }
bool is_after(Timestamp at, const model::Use& use) { return at < use.at; }

}  // namespace

// ---- uses ---------------------------------------------------------------------------------------------------------

bool MemoryUses::visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    const auto found = data_.uses.find(scope);
    if (found == data_.uses.end()) return true;
    const auto& uses = found->second;
    for (auto use = std::lower_bound(uses.begin(), uses.end(), from, &is_before); use != uses.end(); ++use) {
        if (!visit(*use)) break;
    }
    return true;
}

bool MemoryUses::summed(model::Scope scope, std::span<const Timestamp> edges,
                        const std::function<bool(const model::Use&)>& visit,
                        const std::function<void(const model::Total&)>&) {
    return this->visit(scope, *std::ranges::min_element(edges), visit);
}

model::Use* MemoryUses::find(model::Scope scope, Timestamp at, MessageKey key) {
    const auto found = data_.uses.find(scope);
    if (found == data_.uses.end()) return nullptr;
    auto& uses = found->second;
    model::Use* best = nullptr;
    for (auto use = std::lower_bound(uses.begin(), uses.end(), at, &is_before); use != uses.end() && use->at == at;
         ++use) {
        if (use->key == key && (best == nullptr || use->state < best->state)) best = &*use;
    }
    return best;
}

void MemoryUses::add(model::Scope scope, const model::Use& use) {
    auto& uses = data_.uses[scope];
    uses.insert(std::upper_bound(uses.begin(), uses.end(), use.at, &is_after), use);
    undo_.add([this, scope, use] {
        auto& all = data_.uses[scope];
        if (auto* one = find(scope, use.at, use.key)) all.erase(all.begin() + (one - all.data()));
        if (all.empty()) data_.uses.erase(scope);
    });
}

bool MemoryUses::give_back(model::Scope scope, Timestamp at, MessageKey key) {
    model::Use* use = find(scope, at, key);
    if (use == nullptr || use->state != model::UseState::reserved) return false;
    auto& uses = data_.uses[scope];
    const auto place = use - uses.data();
    undo_.add([this, scope, place, before = *use] {
        auto& all = data_.uses[scope];
        all.insert(all.begin() + place, before);
    });
    uses.erase(uses.begin() + place);
    return true;
}

void MemoryUses::restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state) {
    model::Use* use = find(scope, at, key);
    if (use == nullptr || use->state == state) return;
    const auto place = use - data_.uses[scope].data();
    undo_.add([this, scope, place, before = use->state] {
        data_.uses[scope][static_cast<std::size_t>(place)].state = before;
    });
    use->state = state;
}

/// A scope is a row.
std::int64_t MemoryUses::prune(Timestamp before, int limit) {
    std::int64_t gone = 0;
    std::vector<model::Scope> old;
    for (const auto& [scope, uses] : data_.uses) {
        if (uses.empty() || uses.front().at >= before) continue;
        if (static_cast<int>(old.size()) == limit) break;
        old.push_back(scope);
    }
    for (const auto scope : old) {
        auto young = data_.uses[scope];
        const auto from = std::lower_bound(young.begin(), young.end(), before, &is_before);
        gone += from - young.begin();
        young.erase(young.begin(), from);
        if (young.empty())
            undo_.drop(data_.uses, scope);
        else
            undo_.put(data_.uses, scope, std::move(young));
    }
    if (static_cast<int>(old.size()) < limit) none_before_ = before;
    return gone;
}

// ---- kinds --------------------------------------------------------------------------------------------------------

const model::Kind* MemoryKinds::find(model::KindId id) {
    const auto found = data_.kinds.find(id);
    return found == data_.kinds.end() ? nullptr : &found->second.kind;
}

model::KindId MemoryKinds::intern(const model::Kind& kind, Timestamp now) {
    const auto known = std::ranges::find_if(data_.kinds, [&](const auto& each) { return each.second.kind == kind; });
    const auto today = to_ms(now) / day_ms;
    if (known == data_.kinds.end() && !makes_) return 0;
    const auto id = known != data_.kinds.end() ? known->first : data_.last_kind + 1;
    if (!makes_ || (known != data_.kinds.end() && known->second.used >= today)) return id;
    undo_.put(data_.kinds, id, {kind, today});
    data_.last_kind = std::max(data_.last_kind, id);  // also past a rollback: a number never means two kinds
    return id;
}

void MemoryKinds::drop_unused(Timestamp before) {
    const auto day = to_ms(before) / day_ms - 1;
    std::vector<model::KindId> old;
    for (const auto& [id, row] : data_.kinds)
        if (row.used < day) old.push_back(id);
    for (const auto id : old)
        undo_.drop(data_.kinds, id);
}

// ---- who waits with whom ------------------------------------------------------------------------------------------

void MemoryRelations::join(MessageKey key, const SlotHoldings::GroupPlace& place) {
    undo_.put(data_.groups[place.scope], {-place.rank, key});
}

void MemoryRelations::leave(MessageKey key, const SlotHoldings::GroupPlace& place) {
    undo_.drop(data_.groups[place.scope], {-place.rank, key});
}

std::vector<model::Member> MemoryRelations::members(model::Scope scope) {
    std::vector<model::Member> out;
    const auto found = data_.groups.find(scope);
    if (found == data_.groups.end()) return out;
    for (const auto& [rank, key] : found->second) {
        const auto state = data_.states.find(key);
        if (state != data_.states.end() && state->second.progress.state == model::State::waiting)
            out.push_back({scope, key, -rank});
    }
    return out;
}

std::optional<MessageKey> MemoryRelations::holder(model::Scope scope) {
    const auto found = data_.collapse.find(scope);
    return found == data_.collapse.end() ? std::nullopt : std::optional(found->second);
}

void MemoryRelations::let_go(model::Scope scope, MessageKey key) {
    if (holder(scope) == key) undo_.drop(data_.collapse, scope);
}

std::optional<std::vector<MessageKey>> MemoryRelations::carried(MessageKey leader) {
    std::vector<MessageKey> out;
    for (auto at = data_.carried.lower_bound({leader, MessageKey{std::numeric_limits<std::int64_t>::min()}});
         at != data_.carried.end() && at->first == leader; ++at)
        out.push_back(at->second);
    return out;
}

void MemoryRelations::put_all_down(MessageKey leader) {
    const auto all = carried(leader);
    for (const MessageKey key : *all)
        put_down(leader, key);
}

// ---- people -------------------------------------------------------------------------------------------------------

std::optional<std::string> MemoryPeople::profile(std::string_view application, std::string_view id) {
    const auto found = data_.profiles.find(Text2(application, id));
    return found == data_.profiles.end() ? std::nullopt : std::optional(found->second.json);
}

void MemoryPeople::note_addresses(std::string_view application, std::string_view id, std::string_view before,
                                  std::string_view after) {
    for (const auto& address : addresses_of(before))
        undo_.drop(data_.addresses, Text3(application, address, id));
    for (const auto& address : addresses_of(after))
        undo_.put(data_.addresses, Text3(application, address, id));
}

bool MemoryPeople::put_profile(const Recipient& recipient, std::string_view before) {
    const Text2 name(recipient.application, recipient.id);
    const bool is_new = !data_.profiles.contains(name);
    note_addresses(recipient.application, recipient.id, before, recipient.profile);
    undo_.put(data_.profiles, name, {recipient.profile, recipient.updated_at});
    return is_new;
}

bool MemoryPeople::drop_profile(std::string_view application, std::string_view id, std::string_view before) {
    note_addresses(application, id, before, {});
    return undo_.drop(data_.profiles, Text2(application, id));
}

std::vector<std::string> MemoryPeople::owners(std::string_view application, std::string_view address) {
    std::vector<std::string> out;
    for (auto at = data_.addresses.lower_bound(Text3(application, address, ""));
         at != data_.addresses.end() && std::get<0>(*at) == application && std::get<1>(*at) == address; ++at)
        out.push_back(std::get<2>(*at));
    return out;
}

void MemoryPeople::words(std::string_view application, std::string_view recipient, const VisitWord& visit) {
    const auto found = data_.words.find(Text2(application, recipient));
    if (found == data_.words.end()) return;
    for (const auto& [number, consent] : found->second)
        visit(number, {Stored<model::Consent>::Is::sound, consent});
}

void MemoryPeople::put_word(const model::Consent& consent, std::int64_t number) {
    const Text2 name(consent.application, consent.recipient);
    const auto found = data_.words.find(name);
    auto all = found == data_.words.end() ? std::map<std::int64_t, model::Consent>() : found->second;
    all.emplace(number, consent);
    undo_.put(data_.words, name, std::move(all));
}

std::int64_t MemoryPeople::drop_words(std::string_view application, std::string_view recipient) {
    const auto found = data_.words.find(Text2(application, recipient));
    const auto count = found == data_.words.end() ? 0 : static_cast<std::int64_t>(found->second.size());
    undo_.drop(data_.words, Text2(application, recipient));
    return count;
}

Stored<Timestamp> MemoryPeople::event(std::string_view application, std::string_view recipient,
                                      std::string_view event) {
    const auto found = data_.events.find(Text3(application, recipient, event));
    if (found == data_.events.end()) return {};
    return {Stored<Timestamp>::Is::sound, found->second};
}

void MemoryPeople::put_event(std::string_view application, std::string_view recipient, std::string_view event,
                             Timestamp at) {
    undo_.put(data_.events, Text3(application, recipient, event), at);
}

std::int64_t MemoryPeople::drop_events(std::string_view application, std::string_view recipient) {
    std::vector<Text3> all;
    for (const auto& [name, at] : data_.events)
        if (std::get<0>(name) == application && std::get<1>(name) == recipient) all.push_back(name);
    for (const auto& name : all)
        undo_.drop(data_.events, name);
    return static_cast<std::int64_t>(all.size());
}

void MemoryPeople::suppressions(std::string_view channel, std::string_view address, const VisitSuppression& visit) {
    for (const auto reach : {model::SuppressionReach::marketing, model::SuppressionReach::all}) {
        if (auto row = suppression(channel, address, reach); row.is_sound()) visit(std::move(row));
        if (channel == "*") continue;
        if (auto row = suppression("*", address, reach); row.is_sound()) visit(std::move(row));
    }
}

Stored<model::Suppression> MemoryPeople::suppression(std::string_view channel, std::string_view address,
                                                     model::SuppressionReach reach) {
    const auto found = data_.suppressions.find({std::string(channel), std::string(address), static_cast<int>(reach)});
    if (found == data_.suppressions.end()) return {};
    return {Stored<model::Suppression>::Is::sound, found->second};
}

void MemoryPeople::put_suppression(const model::Suppression& row) {
    undo_.put(data_.suppressions, {row.channel, row.address, static_cast<int>(row.reach)}, row);
}

std::int64_t MemoryPeople::drop_suppressions(std::string_view channel, std::string_view address) {
    std::int64_t gone = 0;
    for (const auto reach : {model::SuppressionReach::marketing, model::SuppressionReach::all}) {
        gone += undo_.drop(data_.suppressions, {std::string(channel), std::string(address), static_cast<int>(reach)})
                    ? 1
                    : 0;
    }
    return gone;
}

std::optional<SoftBounces> MemoryPeople::soft_bounces(std::string_view channel, std::string_view address) {
    const auto found = data_.soft_bounces.find(Text2(channel, address));
    return found == data_.soft_bounces.end() ? std::nullopt : std::optional(found->second);
}

void MemoryPeople::prune_soft_bounces(Timestamp before) {
    std::vector<Text2> keys;
    for (const auto& [key, row] : data_.soft_bounces)
        if (row.last < before) keys.push_back(key);
    for (const auto& key : keys)
        undo_.drop(data_.soft_bounces, key);
}

void MemoryPeople::drop_soft_bounces(std::string_view address) {
    std::vector<Text2> keys;
    for (const auto& [key, row] : data_.soft_bounces)
        if (row.address == address) keys.push_back(key);
    for (const auto& key : keys)
        undo_.drop(data_.soft_bounces, key);
}

const std::string& MemoryPeople::need_salt() {
    if (data_.salt.empty()) undo_.set(data_.salt, make_salt().value_or("no randomness"));
    return data_.salt;
}

// ---- who is being forgotten ---------------------------------------------------------------------------------------

std::vector<std::pair<std::string, std::string>> MemoryErasures::people() {
    return {data_.erasures.begin(), data_.erasures.end()};
}

void MemoryErasures::put(std::string_view application, std::string_view name) {
    undo_.put(data_.erasures, Text2(application, name));
}

void MemoryErasures::drop(std::string_view application, std::string_view name) {
    undo_.drop(data_.erasures, Text2(application, name));
}

std::vector<MessageKey> MemoryErasures::waits() { return {data_.erasure_waits.begin(), data_.erasure_waits.end()}; }

}  // namespace chapar::store::memory
