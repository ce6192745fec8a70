#include "engage/goals.hpp"

#include <algorithm>

#include "engage/judged.hpp"

namespace chapar::engage {
namespace {

using Outcome = store::Credited::Outcome;

/// Nothing: it is not this goal's.
std::optional<Outcome> outcome_of(Attributed::Outcome outcome) {
    switch (outcome) {
        case Attributed::Outcome::credited:
            return Outcome::credited;
        case Attributed::Outcome::unattributed:
            return Outcome::unattributed;
        case Attributed::Outcome::repeated:
            return Outcome::repeated;
        case Attributed::Outcome::refund:
            return Outcome::refund;
        case Attributed::Outcome::orphan:
            return Outcome::orphan;
        case Attributed::Outcome::other_event:
            break;
    }
    return std::nullopt;
}

/// Credit that was given stays: what is opened, clicked or configured later changes none of it.
std::vector<Given> given_by(const std::string& goal, std::span<const store::KeptConversion> conversions) {
    std::vector<Given> out;
    for (std::size_t i = 0; i < conversions.size(); ++i) {
        const auto& credits = conversions[i].credits;
        const auto found = std::ranges::find(credits, goal, &store::Credited::goal);
        if (found == credits.end()) continue;
        if (found->outcome != Outcome::credited && found->outcome != Outcome::unattributed) continue;
        Given given{static_cast<std::int64_t>(i), {}};
        for (const auto& share : found->shares)
            given.shares.push_back({share.message, share.parts, share.whole, share.value});
        out.push_back(std::move(given));
    }
    return out;
}

std::vector<Conversion> as_asked(std::span<const store::KeptConversion> conversions) {
    std::vector<Conversion> out;
    for (std::size_t i = 0; i < conversions.size(); ++i) {
        const auto& each = conversions[i];
        out.push_back({static_cast<std::int64_t>(i), {}, each.event, each.key, each.currency, each.value, each.at});
    }
    return out;
}

}  // namespace

std::vector<Touch> touches_of(std::span<const store::TouchedMessage> touched) {
    std::vector<Touch> out;
    for (const auto& message : touched) {
        for (const auto& hit : message.hits) {
            const auto kind = hit.kind == model::Engaged::opened ? Touch::Kind::open : Touch::Kind::click;
            out.push_back({message.key, kind, verdict_of(hit.by), hit.at});
        }
    }
    return out;
}

std::vector<std::vector<store::Credited>> Goals::attribute(std::span<const store::KeptConversion> conversions,
                                                           std::span<const store::TouchedMessage> touches) const {
    std::vector<std::vector<store::Credited>> out(conversions.size());
    const auto asked = as_asked(conversions);
    const auto touched = touches_of(touches);
    for (const auto& [name, goal] : goals_) {
        const auto given = given_by(name, conversions);
        for (const auto& said : engage::attribute(goal, asked, touched, given)) {
            const auto outcome = outcome_of(said.outcome);
            if (!outcome) continue;
            store::Credited credited{name, *outcome, {}};
            for (const auto& share : said.shares)
                credited.shares.push_back(
                    {.message = share.message, .parts = share.parts, .whole = share.whole, .value = share.value});
            out[static_cast<std::size_t>(said.id)].push_back(std::move(credited));
        }
    }
    return out;
}

std::shared_ptr<const Goals> goals_of(const std::vector<config::ConversionSettings>& settings,
                                      std::string_view application) {
    std::vector<NamedGoal> goals;
    for (const auto& each : settings) {
        const auto is_meant = [&](const std::string& name) { return name == "*" || name == application; };
        if (!each.applications.empty() && std::ranges::none_of(each.applications, is_meant)) continue;
        goals.push_back({each.name,
                         {each.event, each.window, parse_credit(each.credit).value_or(Credit::last_click),
                          parse_once_per(each.once_per).value_or(OncePer::event)}});
    }
    return std::make_shared<const Goals>(std::move(goals));
}

}  // namespace chapar::engage
