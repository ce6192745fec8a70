#include "model/read_set.hpp"

#include <algorithm>
#include <functional>

namespace chapar::model {
namespace {

std::int64_t amount_of(const Use& use, ReachRef::Unit unit) {
    switch (unit) {
        case ReachRef::Unit::uses:
            return 1;
        case ReachRef::Unit::segments:
            return use.segments;
        case ReachRef::Unit::cost:
            return use.cost;
    }
    return 1;
}

bool counts(const ReachRef& asked, const Use& use) {
    if (asked.to && use.at >= *asked.to) return false;
    if (use.key == asked.except && use.state == UseState::reserved) return false;
    return (asked.states >> static_cast<unsigned>(use.state) & 1U) != 0 &&
           std::binary_search(asked.kinds.begin(), asked.kinds.end(), use.kind);
}

/// What was damaged of it is known when it has been read, and not before.
template <class Answers, class Key, class Read>
void read_once(Answers& answers, const Key& key, Ledger& ledger, Read read) {
    if (std::as_const(answers).find(key) != nullptr) return;
    auto found = read();
    answers.put(key, std::move(found), ledger.take_damage());
}

/// The oldest one by one: rarely more than a few.
std::optional<Timestamp> read_reach(const ReachRef& asked, Ledger& ledger) {
    std::optional<Timestamp> found;
    auto left = asked.amount;
    ledger.uses(asked.scope, asked.from, [&](const Use& use) {
        if (!counts(asked, use)) return true;
        left -= amount_of(use, asked.unit);
        if (left <= 0) found = use.at;
        return !found.has_value();
    });
    return found;
}

Said read_said(const PersonRef& who, Ledger& ledger) {
    Said out;
    out.names = ledger.names(who.application, who.recipient, who.addresses);
    for (const auto& name : out.names) {
        auto words = ledger.consents(who.application, name);
        std::move(words.begin(), words.end(), std::back_inserter(out.words));
    }
    return out;
}

/// The last time it happened, under any of the person's names.
std::optional<Timestamp> read_event(const EventRef& asked, Ledger& ledger) {
    std::optional<Timestamp> last;
    for (const auto& name : ledger.names(asked.who.application, asked.who.recipient, asked.who.addresses)) {
        const auto at = ledger.last_event(asked.who.application, name, asked.event);
        if (at) last = std::max(last.value_or(*at), *at);
    }
    return last;
}

}  // namespace

std::size_t hash_of(const RowRef& row) {
    const std::hash<std::string> text;
    return text(row.second) * 31 + text(row.first);
}

std::size_t hash_of(const PersonRef& who) {
    const std::hash<std::string> text;
    return who.recipient.empty() && !who.addresses.empty() ? text(who.addresses.front()) : text(who.recipient);
}

std::size_t hash_of(const EventRef& event) { return hash_of(event.who); }

bool ReadPlan::is_empty() const {
    return uses.empty() && reaches.empty() && people.empty() && events.empty() && suppressions.empty() &&
           owners.empty() && profiles.empty() && groups.empty() && states.empty() && kept.empty() && carried.empty();
}

void ReadPlan::clear() {
    uses.clear();
    reaches.clear();
    people.clear();
    events.clear();
    suppressions.clear();
    owners.clear();
    profiles.clear();
    groups.clear();
    states.clear();
    kept.clear();
    carried.clear();
}

void ReadPlan::append(ReadPlan&& other) {
    const auto take = [](auto& into, auto& from) { std::ranges::move(from, std::back_inserter(into)); };
    take(uses, other.uses);
    take(reaches, other.reaches);
    take(people, other.people);
    take(events, other.events);
    take(suppressions, other.suppressions);
    take(owners, other.owners);
    take(profiles, other.profiles);
    take(groups, other.groups);
    take(states, other.states);
    take(kept, other.kept);
    take(carried, other.carried);
}

void ReadSet::clear() {
    scopes_.clear();
    damage_.clear();
    edges_.clear();
    uses_.clear();
    totals_.clear();
    kinds_.clear();
    numbers_of_kinds_.clear();
    last_kind_ = 0;
    reaches_.clear();
    people_.clear();
    events_.clear();
    suppressions_.clear();
    owners_.clear();
    profiles_.clear();
    groups_.clear();
    states_.clear();
    kept_.clear();
    carried_.clear();
}

void ReadSet::fetch(const ReadPlan& plan, Ledger& ledger) {
    const auto before = ledger.take_damage();  // of other reads: whoever reads them tells
    read_people(plan, ledger);
    read_all_uses(plan.uses, ledger);
    for (const auto& each : plan.reaches)
        reaches_[each.scope].emplace_back(each, read_reach(each, ledger));
    for (const auto& each : plan.groups)
        read_group(each, ledger);
    for (const auto key : plan.states)
        read_once(states_, key, ledger, [&] { return ledger.state_of(key); });
    for (const auto key : plan.kept)
        read_kept(key, ledger);
    for (const auto leader : plan.carried) {
        if (carried_.find(leader) != nullptr) continue;
        const auto keys = ledger.carried(leader);
        carried_.put(leader, keys, ledger.take_damage());
        for (const auto key : keys)
            read_kept(key, ledger);
    }
    if (!before.empty()) ledger.note_damage(before);
}

/// Reads each row once, in the order in which the batch names them.
void ReadSet::read_people(const ReadPlan& plan, Ledger& ledger) {
    const auto read = [&ledger](auto& answers, const auto& asked, auto from) {
        for (const auto& each : asked)
            read_once(answers, each, ledger, [&] { return from(each); });
    };
    read(people_, plan.people, [&](const PersonRef& who) { return read_said(who, ledger); });
    read(events_, plan.events, [&](const EventRef& each) { return read_event(each, ledger); });
    read(suppressions_, plan.suppressions,
         [&](const RowRef& row) { return ledger.suppressions(row.first, row.second); });
    read(owners_, plan.owners, [&](const RowRef& row) { return ledger.owners(row.first, row.second); });
    read(profiles_, plan.profiles, [&](const RowRef& row) { return ledger.profile(row.first, row.second); });
}

/// In the order of the scopes, which is that of their table; each scope once, for all who ask for it.
void ReadSet::read_all_uses(const std::vector<ReadPlan::Uses>& asked, Ledger& ledger) {
    std::vector<const ReadPlan::Uses*> sorted;
    sorted.reserve(asked.size());
    for (const auto& each : asked)
        sorted.push_back(&each);
    std::ranges::stable_sort(sorted, {}, [](const auto* each) { return each->scope; });
    for (auto first = sorted.begin(); first != sorted.end();) {
        const auto is_other = [first](const auto* each) { return each->scope != (*first)->scope; };
        const auto end = std::find_if(first, sorted.end(), is_other);
        read_uses({first, end}, ledger);
        first = end;
    }
}

void ReadSet::read_uses(std::span<const ReadPlan::Uses* const> asked, Ledger& ledger) {
    const auto scope = asked.front()->scope;
    OfScope read;
    read.edges.first = edges_.size();
    for (const auto* each : asked)
        edges_.insert(edges_.end(), each->edges.begin(), each->edges.end());
    // What an earlier round asked of the same scope is asked again with it: one answer stands for a scope.
    if (const auto* before = scopes_.find(scope)) {
        for (std::size_t i = 0; i < before->value.edges.count; ++i) {
            const Timestamp edge = edges_[before->value.edges.first + i];  // a copy: the list may move
            edges_.push_back(edge);
        }
    }
    read.edges.count = edges_.size() - read.edges.first;
    const std::span<const Timestamp> edges = std::span(edges_).subspan(read.edges.first);
    read.from = *std::min_element(edges.begin(), edges.end());
    read.uses.first = uses_.size();
    read.totals.first = totals_.size();
    struct Target {
        ReadSet* set;
        Ledger* ledger;
        const OfScope* into;
    } target{this, &ledger, &read};
    // One pointer is all that they hold, so the function objects need no memory of their own.
    const std::function<bool(const model::Use&)> visit = [&target](const model::Use& use) {
        target.set->uses_.push_back({use, target.set->kind_number(use.kind, *target.ledger)});
        return true;
    };
    const std::function<void(const model::Total&)> add = [&target](const model::Total& total) {
        target.set->add(total, target.set->kind_number(total.kind, *target.ledger), *target.into);
    };
    if (std::ranges::any_of(asked, [](const auto* each) { return each->one_by_one; }))
        ledger.uses(scope, read.from, visit);
    else
        ledger.summed(scope, edges, visit, add);
    read.uses.count = uses_.size() - read.uses.first;
    read.totals.count = totals_.size() - read.totals.first;
    scopes_.put(scope, read, ledger.take_damage());
}

void ReadSet::add(Scope scope, const model::Use& use, Ledger& ledger) {
    reaches_.erase(scope);
    auto* known = scopes_.find(scope);
    if (known == nullptr || use.at < known->value.from) return;
    auto& stretch = known->value.uses;
    if (stretch.first + stretch.count != uses_.size()) {
        const auto first = uses_.size();
        for (std::size_t i = 0; i < stretch.count; ++i) {
            const Use each = uses_[stretch.first + i];  // a copy: the list may move
            uses_.push_back(each);
        }
        stretch.first = first;
    }
    const auto begin = uses_.begin() + static_cast<std::ptrdiff_t>(stretch.first);
    const auto is_later = [](Timestamp at, const Use& other) { return at < other.use.at; };
    uses_.insert(std::upper_bound(begin, uses_.end(), use.at, is_later), {use, kind_number(use.kind, ledger)});
    ++stretch.count;
}

void ReadSet::forget_uses(Scope scope) {
    reaches_.erase(scope);
    scopes_.forget(scope);
}

void ReadSet::forget(MessageKey key) {
    states_.forget(key);
    kept_.forget(key);
}

const std::optional<Timestamp>* ReadSet::reach(const ReachRef& asked) const {
    const auto of = reaches_.find(asked.scope);
    if (of == reaches_.end()) return nullptr;
    for (const auto& [known, found] : of->second)
        if (known == asked) return &found;
    return nullptr;
}

/// Into one of the same kind, state and stretch, so that a scope with a million uses makes a handful of totals.
void ReadSet::add(const model::Total& total, std::size_t kind, const OfScope& into) {
    const auto edges = std::span(edges_).subspan(into.edges.first, into.edges.count);
    const auto stretch = [edges](Timestamp first) {
        return std::count_if(edges.begin(), edges.end(), [first](Timestamp edge) { return edge <= first; });
    };
    for (std::size_t i = totals_.size(); i-- > into.totals.first;) {
        auto& known = totals_[i];
        if (known.kind != kind || known.total.state != total.state ||
            stretch(known.total.first) != stretch(total.first))
            continue;
        known.total.uses += total.uses;
        known.total.segments += total.segments;
        known.total.cost += total.cost;
        known.total.first = std::min(known.total.first, total.first);
        known.total.last = std::max(known.total.last, total.last);
        return;
    }
    totals_.push_back({total, kind});
}

std::size_t ReadSet::kind_number(KindId id, Ledger& ledger) {
    if (last_kind_ < kinds_.size() && kinds_[last_kind_].first == id) return last_kind_;
    if (const auto* known = numbers_of_kinds_.find(id)) return last_kind_ = known->value;
    kinds_.emplace_back(id, &ledger.kind(id));
    last_kind_ = kinds_.size() - 1;
    numbers_of_kinds_.put(id, last_kind_, {});
    return last_kind_;
}

void ReadSet::read_group(const GroupRef& asked, Ledger& ledger) {
    if (groups_.find(asked.scope) != nullptr) return;
    auto members = ledger.group(asked.scope);
    if (asked.with_messages) {
        std::vector<MessageKey> keys;
        keys.reserve(members.size());
        for (const auto& member : members)
            keys.push_back(member.key);
        std::sort(keys.begin(), keys.end());
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < keys.size() && i <= most_carried && bytes < most_carried_bytes; ++i) {
            read_kept(keys[i], ledger);
            if (const auto& found = kept_.find(keys[i])->value) bytes += found->message.body.size();
        }
    }
    groups_.put(asked.scope, std::move(members), ledger.take_damage());
}

void ReadSet::read_kept(MessageKey key, Ledger& ledger) {
    if (kept_.find(key) != nullptr) return;
    std::shared_ptr<Kept> found;
    ledger.kept(key, [&found](const Message& message, int step) { found = std::make_shared<Kept>(message, step); });
    kept_.put(key, std::move(found), ledger.take_damage());
}

std::optional<ReadSet::Uses> ReadSet::uses(const ReadPlan::Uses& asked) const {
    const auto* found = scopes_.find(asked.scope);
    if (found == nullptr) return std::nullopt;
    const auto& read = found->value;
    const auto known = std::span(edges_).subspan(read.edges.first, read.edges.count);
    const bool has_totals = read.totals.count != 0;
    const auto is_covered = [&](Timestamp edge) {
        return has_totals ? std::find(known.begin(), known.end(), edge) != known.end() : edge >= read.from;
    };
    if (has_totals && asked.one_by_one) return std::nullopt;
    if (!std::all_of(asked.edges.begin(), asked.edges.end(), is_covered)) return std::nullopt;
    if (!found->damage.empty()) damage_ = found->damage;
    return Uses{std::span(uses_).subspan(read.uses.first, read.uses.count),
                std::span(totals_).subspan(read.totals.first, read.totals.count)};
}

}  // namespace chapar::model
