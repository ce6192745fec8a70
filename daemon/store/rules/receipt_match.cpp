#include "store/rules/receipt_match.hpp"

#include <algorithm>

#include "store/rows/feed_rows.hpp"
#include "store/rules/state_rows.hpp"

namespace chapar::store::rules {
namespace {

/// The attempt went by the route that the report came by. One whose route is lost to damage may have.
bool is_of_route(Unit& unit, MessageKey key, int number, const std::string& route) {
    const auto names = unit.wanted.names(unit.tables.attempts(), {key, number});
    return names && (names->route.empty() || names->route == route);
}

/// An id that is known in another base (hexadecimal, decimal) counts only when the recipient agrees, too.
std::optional<ReportTarget> match_id(Unit& unit, const model::Report& report) {
    const auto ids = model::split_provider_ids(report.provider_id);
    if (ids.empty()) return std::nullopt;
    const auto normal = model::normal_provider_id(ids.front());
    auto part = known_id(unit, report.route, normal);
    const bool is_exact = part.has_value();
    std::optional<ReportTarget> found = part ? target_of(unit, part->key, part->number) : std::nullopt;
    for (const auto& other : is_exact ? std::vector<std::string>{} : model::other_bases(normal)) {
        part = known_id(unit, report.route, other);
        if (!part) continue;
        found = target_of(unit, part->key, part->number);
        const auto is_to = [&](const model::PlanStep& step) {
            return model::is_same_number(step.address, report.address);
        };
        if (found && std::ranges::any_of(found->owner.plan, is_to)) break;
        found.reset();
    }
    if (found && ids.size() == 1) found->part = std::move(part);
    return found;
}

/// Of the ids that the provider gave of an attempt, those that stand for a part of it.
void add_ids(const std::string& route, std::string_view ids, std::vector<ProviderIdKey>& out) {
    for (const auto id : model::split_provider_ids(ids))
        out.push_back({route, model::normal_provider_id(id)});
}

/// The attempts that the reports may speak of, as far as the ids say that are known by now.
std::vector<AttemptKey> attempts_of(Unit& unit, std::span<const model::Report* const> reports) {
    std::vector<AttemptKey> out;
    for (const auto* report : reports) {
        if (report->attempt) out.push_back({report->attempt->message.key(), report->attempt->number});
        const auto ids = model::split_provider_ids(report->provider_id);
        if (report->attempt || ids.empty()) continue;
        const auto normal = model::normal_provider_id(ids.front());
        auto found = known_id(unit, report->route, normal);
        for (const auto& other : found ? std::vector<std::string>{} : model::other_bases(normal)) {
            found = known_id(unit, report->route, other);
            if (found) out.push_back({found->key, found->number});
        }
        if (found) out.push_back({found->key, found->number});
    }
    return out;
}

/// What the reports name: each id, and in its other bases where it is not known as it stands.
void want_ids(Unit& unit, std::span<const model::Report* const> reports) {
    std::vector<ProviderIdKey> ids, others;
    for (const auto* report : reports) {
        const auto named = model::split_provider_ids(report->provider_id);
        if (!named.empty()) ids.push_back({report->route, model::normal_provider_id(named.front())});
    }
    unit.wanted.fetch_provider_ids(unit.tables.provider_ids(), ids);
    for (const auto& [route, id] : ids) {
        if (known_id(unit, route, id)) continue;
        for (auto& other : model::other_bases(id))
            others.push_back({route, std::move(other)});
    }
    unit.wanted.fetch_provider_ids(unit.tables.provider_ids(), std::move(others));
}

}  // namespace

std::optional<ProviderId> known_id(Unit& unit, const std::string& route, std::string normal_id) {
    return unit.wanted.provider_id(unit.tables.provider_ids(), {route, std::move(normal_id)});
}

void want_reports(Unit& unit, std::span<const model::Report* const> reports) {
    unit.wanted.forget();
    std::vector<std::string> dedupes;
    for (const auto* report : reports) {
        auto dedupe = dedupe_of(report->route, report->dedupe_key);
        if (!dedupe.empty()) dedupes.push_back(std::move(dedupe));
    }
    unit.wanted.fetch_feed(unit.tables.feed(), dedupes);
    want_ids(unit, reports);
    const auto attempts = attempts_of(unit, reports);
    if (attempts.empty()) return;
    std::vector<MessageKey> keys;
    keys.reserve(attempts.size());
    for (const auto& attempt : attempts)
        keys.push_back(attempt.message);
    std::ranges::sort(keys);
    const auto again = std::ranges::unique(keys);
    keys.erase(again.begin(), again.end());
    want_states(unit, keys);
    unit.wanted.fetch_owners(unit.tables.messages(), std::move(keys));
    unit.wanted.fetch_names(unit.tables.attempts(), attempts);
    // A message of several parts has its word when all of them have theirs.
    std::vector<ProviderIdKey> parts;
    for (const auto& attempt : attempts) {
        const auto names = unit.wanted.names(unit.tables.attempts(), attempt);
        if (names && model::split_provider_ids(names->provider_ids).size() > 1)
            add_ids(names->route, names->provider_ids, parts);
    }
    unit.wanted.fetch_provider_ids(unit.tables.provider_ids(), std::move(parts));
}

std::optional<ReportTarget> target_of(Unit& unit, MessageKey key, int number) {
    auto owner = unit.wanted.owner(unit.tables.messages(), key);
    auto now = look_at_progress(unit, key);
    if (!owner || !now || number < 1 || number > now->attempts) return std::nullopt;
    return ReportTarget{std::move(*owner), number, std::nullopt, std::move(*now)};
}

std::optional<ReportTarget> match(Unit& unit, const model::Report& report) {
    if (!report.attempt) return match_id(unit, report);
    auto found = target_of(unit, report.attempt->message.key(), report.attempt->number);
    if (!found || found->owner.id != report.attempt->message) return std::nullopt;
    if (!is_of_route(unit, found->owner.id.key(), found->number, report.route)) return std::nullopt;
    const auto ids = model::split_provider_ids(report.provider_id);
    if (ids.size() != 1) return found;
    auto part = known_id(unit, report.route, model::normal_provider_id(ids.front()));
    if (part && part->key == found->owner.id.key() && part->number == found->number) found->part = std::move(part);
    return found;
}

}  // namespace chapar::store::rules
