#include "store/rows/pending_uses.hpp"

#include <algorithm>

namespace chapar::store {
namespace {

using What = UseChange::What;
constexpr std::size_t least_table = 8;

bool is_before(const model::Use& use, Timestamp at) { return use.at < at; }

}  // namespace

int PendingUses::shard_of(model::Scope scope) {
    constexpr auto sign = std::uint64_t{1} << 63U;
    static_assert(shards == 1 << 10);
    return static_cast<int>((static_cast<std::uint64_t>(scope) ^ sign) >> 54U);
}

/// Where the scope lies in a table that is not full, or would lie.
std::size_t PendingUses::place(const Shard& in, model::Scope scope) {
    const auto mask = in.table.size() - 1;
    auto at = static_cast<std::size_t>(static_cast<std::uint64_t>(scope) * 0x9E3779B97F4A7C15U >> 20U) & mask;
    while (in.table[at].is != OfScope::Is::free && in.table[at].scope != scope)
        at = (at + 1) & mask;
    return at;
}

const PendingUses::OfScope* PendingUses::find(model::Scope scope) const {
    const auto& in = shards_[static_cast<std::size_t>(shard_of(scope))];
    if (in.table.empty()) return nullptr;
    const auto& found = in.table[place(in, scope)];
    return found.is == OfScope::Is::one || found.is == OfScope::Is::many ? &found : nullptr;
}

PendingUses::OfScope& PendingUses::of(model::Scope scope) {
    auto& in = shard(scope);
    if (in.used * 4 >= in.table.size() * 3) {
        Shard larger;
        std::size_t alive = 0;
        for (const auto& each : in.table)
            alive += each.is == OfScope::Is::one || each.is == OfScope::Is::many ? 1 : 0;
        auto size = least_table;
        while (size < alive * 2)
            size *= 2;
        larger.table.resize(size);
        for (const auto& each : in.table)
            if (each.is == OfScope::Is::one || each.is == OfScope::Is::many)
                larger.table[place(larger, each.scope)] = each;
        in.table = std::move(larger.table);
        in.used = alive;
    }
    auto& found = in.table[place(in, scope)];
    if (found.is != OfScope::Is::free) return found;
    found.is = OfScope::Is::empty;
    found.scope = scope;
    ++in.used;
    return found;
}

PendingUses::Many& PendingUses::many(Shard& in, OfScope& of) {
    if (of.is == OfScope::Is::many) return in.many[of.many];
    of.many = static_cast<std::uint32_t>(in.many.size());
    auto& out = in.many.emplace_back();
    if (of.is == OfScope::Is::one) out.added.push_back(of.one);
    of.is = OfScope::Is::many;
    return out;
}

const PendingUses::Added* PendingUses::find(const Shard& in, const OfScope& of, Timestamp at, MessageKey key) {
    if (of.is == OfScope::Is::one) return of.one.at == at && of.one.key == key ? &of.one : nullptr;
    if (of.is != OfScope::Is::many) return nullptr;
    const auto& added = in.many[of.many].added;
    for (auto use = std::lower_bound(added.begin(), added.end(), at, &is_before); use != added.end() && use->at == at;
         ++use)
        if (use->key == key) return &*use;
    return nullptr;
}

void PendingUses::insert(Shard& in, OfScope& of, const model::Use& use) {
    if (of.is == OfScope::Is::empty) {
        of.one = Added{use};
        of.is = OfScope::Is::one;
        return;
    }
    auto& added = many(in, of).added;
    const auto is_later = [](Timestamp at, const model::Use& other) { return at < other.at; };
    added.insert(std::upper_bound(added.begin(), added.end(), use.at, is_later), Added{use});
}

void PendingUses::erase(Shard& in, OfScope& of, const Added* use) {
    if (of.is == OfScope::Is::one) {
        of.is = OfScope::Is::empty;
        return;
    }
    auto& added = in.many[of.many].added;
    added.erase(added.begin() + (use - added.data()));
}

void PendingUses::note(const UseChange& change) {
    const auto& use = change.use;
    if (change.what == What::add || change.what == What::add_again) oldest_ = std::min(oldest_, use.at);
    Shard& in = shard(change.scope);
    OfScope& of = this->of(change.scope);
    if (change.what == What::add) {
        insert(in, of, use);
        undo_.push_back({Undo::What::added, change.scope, use});
        ++size_;
        return;
    }
    auto* const known = const_cast<Added*>(find(in, of, use.at, use.key));  // of a shard that is ours to change
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
        erase(in, of, known);
        --size_;
        return;
    }
    many(in, of).one_by_one.push_back(change);
    undo_.push_back({Undo::What::appended, change.scope, use});
    ++size_;
}

void PendingUses::undo() {
    for (auto last = undo_.rbegin(); last != undo_.rend(); ++last)
        undo(*last);
    undo_.clear();
}

void PendingUses::undo(const Undo& last) {
    Shard& in = shard(last.scope);
    OfScope& of = this->of(last.scope);
    auto* const known = const_cast<Added*>(find(in, of, last.use.at, last.use.key));
    switch (last.what) {
        case Undo::What::added:
            erase(in, of, known);
            --size_;
            break;
        case Undo::What::changed:
            known->state = last.use.state;
            break;
        case Undo::What::taken:
            insert(in, of, last.use);
            ++size_;
            break;
        case Undo::What::shared:
            known->is_shared = false;
            break;
        case Undo::What::appended:
            many(in, of).one_by_one.pop_back();
            --size_;
            break;
    }
}

const model::Use* PendingUses::added(model::Scope scope, Timestamp at, MessageKey key) const {
    const auto* of = find(scope);
    if (of == nullptr) return nullptr;
    const auto* use = find(shards_[static_cast<std::size_t>(shard_of(scope))], *of, at, key);
    return use != nullptr && !use->is_shared ? use : nullptr;
}

void PendingUses::visit(model::Scope scope, const std::function<void(const UseChange&)>& visit) const {
    const auto* of = find(scope);
    if (of == nullptr) return;
    if (of->is == OfScope::Is::one) return visit({What::add, scope, of->one});
    const auto& many = shards_[static_cast<std::size_t>(shard_of(scope))].many[of->many];
    for (const auto& use : many.added)
        visit({What::add, scope, use});
    for (const auto& change : many.one_by_one)
        visit(change);
}

std::optional<Timestamp> PendingUses::oldest(model::Scope scope) const {
    std::optional<Timestamp> out;
    const auto* of = find(scope);
    if (of == nullptr) return out;
    if (of->is == OfScope::Is::one) return of->one.at;
    const auto& many = shards_[static_cast<std::size_t>(shard_of(scope))].many[of->many];
    if (!many.added.empty()) out = many.added.front().at;
    for (const auto& change : many.one_by_one)
        out = std::min(out.value_or(change.use.at), change.use.at);
    return out;
}

std::vector<model::Scope> PendingUses::scopes(int shard) const {
    const auto& in = shards_[static_cast<std::size_t>(shard)];
    std::vector<model::Scope> out;
    for (const auto& of : in.table) {
        if (of.is == OfScope::Is::one) out.push_back(of.scope);
        if (of.is != OfScope::Is::many) continue;
        const auto& many = in.many[of.many];
        if (!many.added.empty() || !many.one_by_one.empty()) out.push_back(of.scope);
    }
    std::ranges::sort(out);
    return out;
}

void PendingUses::clear(int shard) {
    auto& in = shards_[static_cast<std::size_t>(shard)];
    for (const auto& of : in.table)
        size_ -= of.is == OfScope::Is::one ? 1 : 0;
    for (const auto& many : in.many)
        size_ -= many.added.size() + many.one_by_one.size();
    in = {};
    if (size_ == 0) oldest_ = Timestamp::max();
}

}  // namespace chapar::store
