#include <algorithm>

#include "policy/caps.hpp"

namespace chapar::policy {

void History::clear() {
    reads_.clear();
    edges_.clear();
    seen_.clear();
    totals_.clear();
    kind_count_ = 0;
}

void History::want(const Applied& applied) {
    const auto is_it = [&applied](const Read& read) { return read.scope == applied.scope; };
    if (std::none_of(reads_.begin(), reads_.end(), is_it)) reads_.push_back({applied.scope, {}, {}});
    edges_.emplace_back(applied.scope, applied.from);
    if (applied.to) edges_.emplace_back(applied.scope, *applied.to);
}

std::size_t History::kind_number(model::Ledger& ledger, model::KindId id) {
    for (std::size_t i = 0; i < kind_count_; ++i)
        if (kinds_[i].id == id) return i;
    if (kind_count_ == kinds_.size()) kinds_.emplace_back();
    auto& fresh = kinds_[kind_count_];
    fresh.id = id;
    fresh.kind = &ledger.kind(id);
    fresh.by_rule.clear();
    return kind_count_++;
}

void History::read(model::Ledger& ledger) {
    for (auto& read : reads_)
        read_one(ledger, read);
}

void History::read_one(model::Ledger& ledger, Read& read) {
    own_edges_.clear();
    for (const auto& [scope, at] : edges_)
        if (scope == read.scope) own_edges_.push_back(at);
    struct Target {
        History* history;
        model::Ledger* ledger;
        std::size_t first_total;
    } target{this, &ledger, totals_.size()};
    read.uses.first = seen_.size();
    read.totals.first = totals_.size();
    // One pointer is all that they hold, so the function objects need no memory of their own.
    const std::function<bool(const model::Use&)> visit = [&target](const model::Use& use) {
        auto& self = *target.history;
        self.seen_.push_back({use, self.kind_number(*target.ledger, use.kind)});
        return true;
    };
    const std::function<void(const model::Total&)> add = [&target](const model::Total& total) {
        auto& self = *target.history;
        self.add(total, self.kind_number(*target.ledger, total.kind), target.first_total);
    };
    ledger.summed(read.scope, own_edges_, visit, add);
    read.uses.count = seen_.size() - read.uses.first;
    read.totals.count = totals_.size() - read.totals.first;
}

/// Into one of the same kind, state and stretch, so that a scope with a million uses makes a handful of totals.
void History::add(const model::Total& total, std::size_t kind, std::size_t from) {
    const auto lies_before = [&total](Timestamp edge) { return edge <= total.first; };
    const auto stretch = static_cast<std::size_t>(std::count_if(own_edges_.begin(), own_edges_.end(), lies_before));
    for (std::size_t i = totals_.size(); i-- > from;) {
        auto& known = totals_[i];
        if (known.kind != kind || known.stretch != stretch || known.total.state != total.state) continue;
        known.total.uses += total.uses;
        known.total.segments += total.segments;
        known.total.cost += total.cost;
        known.total.first = std::min(known.total.first, total.first);
        known.total.last = std::max(known.total.last, total.last);
        return;
    }
    totals_.push_back({total, kind, stretch});
}

std::span<const Seen> History::of(model::Scope scope) const {
    for (const auto& read : reads_)
        if (read.scope == scope) return std::span(seen_).subspan(read.uses.first, read.uses.count);
    return {};
}

std::span<const SeenTotal> History::totals_of(model::Scope scope) const {
    for (const auto& read : reads_)
        if (read.scope == scope) return std::span(totals_).subspan(read.totals.first, read.totals.count);
    return {};
}

bool History::counts_for(std::size_t rule, const Cap& cap, std::size_t kind) {
    auto& known = kinds_[kind].by_rule;
    if (known.size() <= rule) known.resize(rule + 1, -1);
    if (known[rule] < 0) known[rule] = matches(cap.set.match, traits_of(*kinds_[kind].kind)) ? 1 : 0;
    return known[rule] == 1;
}

}  // namespace chapar::policy
