#include <algorithm>

#include "policy/caps.hpp"

namespace chapar::policy {

void History::clear() {
    reads_.clear();
    seen_.clear();
    kind_count_ = 0;
}

void History::want(model::Scope scope, Timestamp from) {
    for (auto& read : reads_) {
        if (read.scope != scope) continue;
        read.from = std::min(read.from, from);
        return;
    }
    reads_.push_back({scope, from, 0, 0});
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
    struct Target {
        History* history;
        model::Ledger* ledger;
    } target{this, &ledger};
    for (auto& read : reads_) {
        read.first = seen_.size();
        // One pointer is all that it holds, so the function object needs no memory of its own.
        const std::function<bool(const model::Use&)> visit = [&target](const model::Use& use) {
            auto& self = *target.history;
            self.seen_.push_back({use, self.kind_number(*target.ledger, use.kind)});
            return true;
        };
        ledger.uses(read.scope, read.from, visit);
        read.count = seen_.size() - read.first;
    }
}

std::span<const Seen> History::of(model::Scope scope) const {
    for (const auto& read : reads_)
        if (read.scope == scope) return std::span(seen_).subspan(read.first, read.count);
    return {};
}

bool History::counts_for(std::size_t rule, const Cap& cap, std::size_t kind) {
    auto& known = kinds_[kind].by_rule;
    if (known.size() <= rule) known.resize(rule + 1, -1);
    if (known[rule] < 0) known[rule] = matches(cap.set.match, traits_of(*kinds_[kind].kind)) ? 1 : 0;
    return known[rule] == 1;
}

}  // namespace chapar::policy
