#include "store/rules/receipt_match.hpp"

#include <algorithm>

#include "store/rules/states.hpp"

namespace chapar::store::rules {
namespace {

/// The attempt went by the route that the report came by. One whose route is lost to damage may have.
bool is_of_route(Unit& unit, MessageKey key, int number, const std::string& route) {
    const auto names = unit.tables.attempts().names(key, number);
    return names && (names->route.empty() || names->route == route);
}

/// An id that is known in another base (hexadecimal, decimal) counts only when the recipient agrees, too.
std::optional<ReportTarget> match_id(Unit& unit, const model::Report& report) {
    const auto ids = model::split_provider_ids(report.provider_id);
    if (ids.empty()) return std::nullopt;
    auto& known = unit.tables.provider_ids();
    const auto normal = model::normal_provider_id(ids.front());
    auto part = known.find(report.route, normal);
    const bool is_exact = part.has_value();
    std::optional<ReportTarget> found = part ? target_of(unit, part->key, part->number) : std::nullopt;
    for (const auto& other : is_exact ? std::vector<std::string>{} : model::other_bases(normal)) {
        part = known.find(report.route, other);
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

}  // namespace

std::optional<ReportTarget> target_of(Unit& unit, MessageKey key, int number) {
    auto owner = unit.tables.messages().owner(key);
    auto now = progress(unit, key);
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
    auto part = unit.tables.provider_ids().find(report.route, model::normal_provider_id(ids.front()));
    if (part && part->key == found->owner.id.key() && part->number == found->number) found->part = std::move(part);
    return found;
}

}  // namespace chapar::store::rules
