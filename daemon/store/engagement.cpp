#include "store/hits.hpp"

#include <algorithm>
#include <utility>

namespace chapar::store {
namespace {

std::int64_t& uncounted_of(Engagement& engagement, model::Engaged kind) {
    return engagement.uncounted.at(static_cast<std::size_t>(kind));
}

}  // namespace

EngagedCounts counts_of(const Engagement& engagement, model::Engaged kind) {
    EngagedCounts out;
    for (const auto& hit : engagement.hits)
        if (hit.kind == kind) ++out.by.at(static_cast<std::size_t>(hit.by));
    for (const auto each : out.by)
        out.raw += each;
    out.raw += engagement.uncounted.at(static_cast<std::size_t>(kind));
    return out;
}

std::string_view name(TotalOnly why) {
    switch (why) {
        case TotalOnly::old_link:
            return "old_link";
        case TotalOnly::privacy:
            return "privacy";
        case TotalOnly::no_message:
            return "no_message";
    }
    return "";
}

bool add_hit(Engagement& engagement, model::Hit hit) {
    auto& hits = engagement.hits;
    if (hits.size() >= most_hits) {
        const auto machine = std::ranges::find(hits.rbegin(), hits.rend(), model::HitBy::machine, &model::Hit::by);
        if (hit.by == model::HitBy::machine || machine == hits.rend()) {
            ++uncounted_of(engagement, hit.kind);
            return false;
        }
        ++uncounted_of(engagement, machine->kind);
        hits.erase(std::next(machine).base());
    }
    hits.push_back(std::move(hit));
    return true;
}

}  // namespace chapar::store
