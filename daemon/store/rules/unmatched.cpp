#include "store/rules/unmatched.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/rows/unmatched_receipt.hpp"

namespace chapar::store::rules {
namespace {

constexpr std::size_t most_unknown = 20'000;

std::int64_t scope_of(const model::Report& report) {
    if (report.attempt) return report.attempt->message.key().value;
    return provider_id_scope(report.route, model::normal_provider_id(report.provider_id));
}

UnmatchedIndex& unmatched_of(Unit& unit) {
    UnmatchedIndex& index = unit.memory.unmatched;
    if (std::exchange(index.is_loaded, true)) return index;
    unit.tables.unmatched().visit([&index](std::int64_t number, const model::Report& report) {
        const bool is_early = report.attempt.has_value();
        index.known[number] = {scope_of(report), content_of(report), is_early};
        index.by_scope.emplace(scope_of(report), number);
        index.unknown += is_early ? 0 : 1;
    });
    return index;
}

void drop(Unit& unit, std::int64_t number) {
    UnmatchedIndex& index = unmatched_of(unit);
    const auto found = index.known.find(number);
    if (found != index.known.end()) {
        const auto [from, to] = index.by_scope.equal_range(found->second.scope);
        for (auto at = from; at != to; ++at) {
            if (at->second != number) continue;
            index.by_scope.erase(at);
            break;
        }
        index.unknown -= found->second.is_early ? 0 : 1;
        index.known.erase(found);
    }
    unit.tables.unmatched().drop(number);
}

Kept keep(Unit& unit, const model::Report& report, bool is_early) {
    UnmatchedIndex& index = unmatched_of(unit);
    const UnmatchedIndex::Known fresh{scope_of(report), content_of(report), is_early};
    const auto [from, to] = index.by_scope.equal_range(fresh.scope);
    for (auto at = from; at != to; ++at) {
        const auto& known = index.known.at(at->second);
        if (known.is_early == is_early && known.content == fresh.content) return Kept::repeated;
    }
    const auto number = unit.tables.unmatched().insert(report, unit.now);
    if (!number) return Kept::fresh;  // the transaction has failed
    index.known[*number] = fresh;
    index.by_scope.emplace(fresh.scope, *number);
    index.unknown += is_early ? 0 : 1;
    return Kept::fresh;
}

std::vector<model::Report> take(Unit& unit, std::int64_t scope, bool is_early) {
    UnmatchedIndex& index = unmatched_of(unit);
    std::vector<std::int64_t> numbers;
    const auto [from, to] = index.by_scope.equal_range(scope);
    for (auto at = from; at != to; ++at) {
        if (index.known.at(at->second).is_early == is_early) numbers.push_back(at->second);
    }
    std::ranges::sort(numbers);
    std::vector<model::Report> out;
    for (const auto number : numbers) {
        auto report = unit.tables.unmatched().load(number);
        if (report.is_sound()) out.push_back(std::move(report.value));
        drop(unit, number);
    }
    return out;
}

}  // namespace

Kept keep_early(Unit& unit, const model::Report& report) { return keep(unit, report, true); }

Kept keep_unknown(Unit& unit, const model::Report& report) {
    model::Report nameless = report;
    nameless.attempt.reset();
    const UnmatchedIndex& index = unmatched_of(unit);
    if (index.unknown >= most_unknown) {
        const auto oldest = std::ranges::find_if(index.known, [](const auto& each) { return !each.second.is_early; });
        if (oldest != index.known.end()) drop(unit, oldest->first);
    }
    return keep(unit, nameless, false);
}

bool has_no_unmatched(const Unit& unit) {
    return unit.memory.unmatched.is_loaded && unit.memory.unmatched.known.empty();
}

std::vector<model::Report> take_early(Unit& unit, MessageKey key) { return take(unit, key.value, true); }

std::vector<model::Report> take_unknown(Unit& unit, std::string_view route, std::string_view normal_id) {
    return take(unit, provider_id_scope(route, normal_id), false);
}

std::int64_t prune_unmatched(Unit& unit, Timestamp before, int limit) {
    const auto old = unit.tables.unmatched().older(before, limit);
    for (const auto number : old)
        drop(unit, number);
    return static_cast<std::int64_t>(old.size());
}

void drop_unmatched_from(Unit& unit, std::string_view address) {
    if (unmatched_of(unit).known.empty()) return;
    for (const auto number : unit.tables.unmatched().from(address))
        drop(unit, number);
}

}  // namespace chapar::store::rules
