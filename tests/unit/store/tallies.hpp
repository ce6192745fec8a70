#pragma once
// Counts for reports as tests look at them.

#include <map>
#include <string>
#include <tuple>

#include "contract.hpp"

namespace chapar::store {

inline model::Outcome outcome(model::Verdict verdict, model::Blame blame = model::Blame::none, std::string code = {},
                              std::string provider_id = {}) {
    model::Outcome out;
    out.verdict = verdict;
    out.blame = blame;
    out.code = std::move(code);
    out.provider_id = std::move(provider_id);
    return out;
}

/// application, campaign, class, channel, template, variant, day
using Line = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string, std::int32_t>;
using Lines = std::map<Line, model::Tally>;

inline Lines lines(Store& store, const TallyFilter& filter = {}) {
    Lines out;
    const auto seen = store.tallies(filter, [&](const TallyView& view) {
        if (view.tally->is_zero()) return;
        out[{std::string(view.application), std::string(view.campaign), std::string(view.class_name),
             std::string(view.channel), std::string(view.template_name), std::string(view.variant), view.day}] +=
            *view.tally;
    });
    EXPECT_TRUE(seen.has_value());
    return out;
}

inline model::Tally total(Store& store, const TallyFilter& filter = {}) {
    model::Tally out;
    for (const auto& [line, tally] : lines(store, filter))
        out += tally;
    return out;
}

}  // namespace chapar::store
