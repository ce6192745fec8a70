#include "store/rows/pending_uses.hpp"

#include <algorithm>

namespace chapar::store {
namespace {

using What = UseChange::What;

bool is_before(const model::Use& use, Timestamp at) { return use.at < at; }

}  // namespace

int PendingUses::shard_of(model::Scope scope) {
    constexpr auto sign = std::uint64_t{1} << 63U;
    static_assert(shards == 1 << 10);
    return static_cast<int>((static_cast<std::uint64_t>(scope) ^ sign) >> 54U);
}

const PendingUses::OfScope* PendingUses::find(model::Scope scope) const {
    const auto& in = shards_[static_cast<std::size_t>(shard_of(scope))];
    const auto found = in.find(scope);
    return found != in.end() ? &found->second : nullptr;
}

PendingUses::Added* PendingUses::find(OfScope& of, Timestamp at, MessageKey key) {
    auto use = std::lower_bound(of.added.begin(), of.added.end(), at, &is_before);
    for (; use != of.added.end() && use->at == at; ++use)
        if (use->key == key) return &*use;
    return nullptr;
}

void PendingUses::insert(OfScope& of, const model::Use& use) {
    const auto is_later = [](Timestamp at, const model::Use& other) { return at < other.at; };
    of.added.insert(std::upper_bound(of.added.begin(), of.added.end(), use.at, is_later), Added{use});
}

void PendingUses::note(const UseChange& change) {
    const auto& use = change.use;
    OfScope& of = shard(change.scope)[change.scope];
    if (change.what == What::add) {
        insert(of, use);
        undo_.push_back({Undo::What::added, change.scope, use});
        ++size_;
        return;
    }
    Added* const known = find(of, use.at, use.key);
    const bool is_alone = known != nullptr && !known->is_shared;
    if (change.what == What::add_again && is_alone) {
        known->is_shared = true;
        undo_.push_back({Undo::What::shared, change.scope, use});
    } else if (change.what == What::restate && is_alone) {
        undo_.push_back({Undo::What::changed, change.scope, *known});
        known->state = use.state;
        return;
    } else if (change.what == What::take_away && is_alone) {
        undo_.push_back({Undo::What::taken, change.scope, *known});
        of.added.erase(of.added.begin() + (known - of.added.data()));
        --size_;
        return forget_empty(change.scope);
    }
    of.one_by_one.push_back(change);
    undo_.push_back({Undo::What::appended, change.scope, use});
    ++size_;
}

void PendingUses::undo() {
    for (auto last = undo_.rbegin(); last != undo_.rend(); ++last)
        undo(*last);
    undo_.clear();
}

void PendingUses::undo(const Undo& last) {
    OfScope& of = shard(last.scope)[last.scope];
    Added* const known = find(of, last.use.at, last.use.key);
    switch (last.what) {
        case Undo::What::added:
            of.added.erase(of.added.begin() + (known - of.added.data()));
            --size_;
            break;
        case Undo::What::changed:
            known->state = last.use.state;
            break;
        case Undo::What::taken:
            insert(of, last.use);
            ++size_;
            break;
        case Undo::What::shared:
            known->is_shared = false;
            break;
        case Undo::What::appended:
            of.one_by_one.pop_back();
            --size_;
            break;
    }
    forget_empty(last.scope);
}

void PendingUses::forget_empty(model::Scope scope) {
    auto& in = shard(scope);
    const auto found = in.find(scope);
    if (found->second.added.empty() && found->second.one_by_one.empty()) in.erase(found);
}

const model::Use* PendingUses::added(model::Scope scope, Timestamp at, MessageKey key) const {
    const auto* of = find(scope);
    if (of == nullptr) return nullptr;
    auto use = std::lower_bound(of->added.begin(), of->added.end(), at, &is_before);
    for (; use != of->added.end() && use->at == at; ++use)
        if (use->key == key) return use->is_shared ? nullptr : &*use;
    return nullptr;
}

void PendingUses::visit(model::Scope scope, const std::function<void(const UseChange&)>& visit) const {
    const auto* of = find(scope);
    if (of == nullptr) return;
    for (const auto& use : of->added)
        visit({What::add, scope, use});
    for (const auto& change : of->one_by_one)
        visit(change);
}

std::optional<Timestamp> PendingUses::oldest(model::Scope scope) const {
    const auto* of = find(scope);
    if (of == nullptr) return std::nullopt;
    auto out = Timestamp::max();
    if (!of->added.empty()) out = of->added.front().at;
    for (const auto& change : of->one_by_one)
        out = std::min(out, change.use.at);
    return out;
}

std::vector<model::Scope> PendingUses::scopes(int shard) const {
    const auto& in = shards_[static_cast<std::size_t>(shard)];
    std::vector<model::Scope> out;
    out.reserve(in.size());
    for (const auto& [scope, of] : in)
        out.push_back(scope);
    std::ranges::sort(out);
    return out;
}

void PendingUses::clear(int shard) {
    auto& in = shards_[static_cast<std::size_t>(shard)];
    for (const auto& [scope, of] : in)
        size_ -= of.added.size() + of.one_by_one.size();
    in = {};
}

void PendingUses::clear() {
    shards_.fill({});
    undo_.clear();
    size_ = 0;
}

}  // namespace chapar::store
