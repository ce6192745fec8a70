#include <algorithm>

#include "policy/caps.hpp"

namespace chapar::policy {

void History::clear() {
    read_count_ = 0;
    for (auto& by_rule : by_kind_)
        by_rule.clear();
}

void History::want(const Applied& applied) {
    const auto begin = reads_.begin(), end = begin + static_cast<std::ptrdiff_t>(read_count_);
    auto read = std::find_if(begin, end, [&](const Read& each) { return each.wanted.scope == applied.scope; });
    if (read == end) {
        if (read_count_ == reads_.size()) reads_.emplace_back();
        read = reads_.begin() + static_cast<std::ptrdiff_t>(read_count_++);
        read->wanted.scope = applied.scope;
        read->wanted.edges.clear();
        read->found = {};
    }
    auto& edges = read->wanted.edges;
    const auto add = [&edges](Timestamp at) {
        if (std::find(edges.begin(), edges.end(), at) == edges.end()) edges.push_back(at);
    };
    add(applied.from);
    if (applied.to) add(*applied.to);
}

void History::read(const Ask& ask) {
    set_ = ask.readings.set;
    for (std::size_t i = 0; i < read_count_; ++i)
        if (const auto found = ask.uses(reads_[i].wanted)) reads_[i].found = *found;
}

const History::Read* History::find(model::Scope scope) const {
    for (std::size_t i = 0; i < read_count_; ++i)
        if (reads_[i].wanted.scope == scope) return &reads_[i];
    return nullptr;
}

std::span<const model::ReadSet::Use> History::of(model::Scope scope) const {
    const auto* read = find(scope);
    return read != nullptr ? read->found.uses : std::span<const model::ReadSet::Use>();
}

std::span<const model::ReadSet::Total> History::totals_of(model::Scope scope) const {
    const auto* read = find(scope);
    return read != nullptr ? read->found.totals : std::span<const model::ReadSet::Total>();
}

bool History::counts_for(std::size_t rule, const Cap& cap, std::size_t kind) {
    if (by_kind_.size() <= kind) by_kind_.resize(kind + 1);
    auto& known = by_kind_[kind];
    if (known.size() <= rule) known.resize(rule + 1, -1);
    if (known[rule] < 0) known[rule] = matches(cap.set.match, traits_of(set_->kind(kind))) ? 1 : 0;
    return known[rule] == 1;
}

}  // namespace chapar::policy
