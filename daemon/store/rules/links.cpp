#include "store/rules/links.hpp"

#include <algorithm>

#include "store/rows/link_row.hpp"

namespace chapar::store::rules {
namespace {

using model::ShortLink;

/// What is known of an address at which nothing was counted for so long is of no use any more.
constexpr Milliseconds soft_bounces_kept = std::chrono::hours(24 * 400);

/// That an earlier attempt went with, or a place before in the same text.
const std::string* code_for(const std::vector<ShortLink>& links, const std::string& destination) {
    const auto found = std::ranges::find(links, destination, &ShortLink::destination);
    return found == links.end() ? nullptr : &found->code;
}

/// Nothing: none is.
std::optional<std::string> free_code(Unit& unit, const model::DrawnLink& drawn, const std::vector<ShortLink>& given) {
    for (const auto& code : drawn.codes) {
        const bool is_given = std::ranges::find(given, code, &ShortLink::code) != given.end();
        if (!is_given && !unit.tables.links().has(code)) return code;
    }
    return std::nullopt;
}

/// Whom the message is for, as its links name them.
std::int64_t owner_of(Unit& unit, const Lease& lease) {
    const auto owner = unit.tables.messages().owner(lease.key);
    if (!owner) return 0;
    if (!owner->recipient.empty()) return link_owner(owner->application, owner->recipient);
    const auto step = std::ranges::find(owner->plan, lease.channel, &model::PlanStep::channel);
    return link_owner(owner->application, step == owner->plan.end() ? std::string() : step->address);
}

}  // namespace

std::optional<std::vector<ShortLink>> choose_links(Unit& unit, const Lease& lease) {
    if (lease.links.links.empty()) return std::vector<ShortLink>();
    std::vector<ShortLink> known, out;
    // Before the first attempt there are none.
    if (lease.number > 1) known = unit.tables.links().of(lease.key);
    for (const auto& drawn : lease.links.links) {
        const auto* before = code_for(known, drawn.destination);
        if (before == nullptr) before = code_for(out, drawn.destination);
        auto code = before != nullptr ? std::optional(*before) : free_code(unit, drawn, out);
        if (!code) return std::nullopt;
        out.push_back({std::move(*code), drawn.link, drawn.destination});
    }
    return out;
}

void keep_links(Unit& unit, const Lease& lease, const std::vector<ShortLink>& links, bool is_unwatched) {
    if (links.empty()) return;
    const auto owner = owner_of(unit, lease);
    const bool is_tracked = lease.links.is_tracked && !is_unwatched;
    for (const auto& link : links)
        unit.tables.links().put({link, lease.key, owner, lease.links.expires, is_tracked});
}

void drop_links_of(Unit& unit, const Forgotten& person) {
    unit.tables.links().drop_owner(link_owner(person.application, person.name));
}

std::int64_t prune_links(Unit& unit, Timestamp now, int limit) {
    unit.tables.people().prune_soft_bounces(now - soft_bounces_kept);
    return unit.tables.links().prune(now, limit);
}

}  // namespace chapar::store::rules
