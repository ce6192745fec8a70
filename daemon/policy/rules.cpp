#include "policy/rules.hpp"

#include <algorithm>
#include <chrono>

#include "policy/match.hpp"

namespace chapar::policy {
namespace {

using std::chrono::hours;

/// Nothing: for ever. Calendar units with what daylight saving and a missing day can add.
std::optional<Milliseconds> looks_back(const config::CapSettings& cap) {
    using Kind = config::Window::Kind;
    using Unit = config::Window::Unit;
    if (cap.never) return Milliseconds{0};
    if (cap.min_interval.count() > 0) return cap.min_interval;
    switch (cap.window.kind) {
        case Kind::rolling:
            return cap.window.length;
        case Kind::calendar:
            break;
        case Kind::since_event:
        case Kind::lifetime:
        case Kind::until:
            return std::nullopt;
    }
    switch (cap.window.unit) {
        case Unit::hour:
            return hours(4);
        case Unit::day:
            return hours(2 * 24);
        case Unit::week:
            return hours(9 * 24);
        case Unit::month:
            return hours(33 * 24);
    }
    return std::nullopt;
}

bool names(const config::Match& match, std::string_view class_name) { return contains(match.classes, class_name); }

}  // namespace

std::optional<Milliseconds> RuleSet::history() const {
    auto longest = kept_history;
    for (const auto& cap : caps_) {
        const auto back = looks_back(cap->set);
        if (!back) return std::nullopt;
        longest = std::max(longest, *back);
    }
    return longest;
}

const ClassPlan& RuleSet::plan_of(std::string_view class_name) const {
    const auto found = plans_.find(class_name);
    return found == plans_.end() ? unknown_ : found->second;
}

const Zone* RuleSet::zone_of_application(std::string_view application) const {
    const auto found = application_zones_.find(application);
    return found == application_zones_.end() ? nullptr : found->second;
}

ClassPlan RuleSet::make_plan(const config::ClassSettings& cls) const {
    ClassPlan plan;
    plan.cls = cls;
    plan.is_otp = cls.name == "otp";
    plan.obeys_quiet = cls.obeys_quiet && !plan.is_otp;
    for (const auto& cap : caps_) {
        const bool about = cap->set.match.classes.empty() || names(cap->set.match, cls.name);
        const bool binds = plan.is_otp ? names(cap->set.match, cls.name) : cls.obeys_caps && about;
        if (binds) plan.binding.push_back(cap.get());
        if (about && cls.counts) plan.counting.push_back(cap.get());
    }
    for (const auto& quiet : quiet_) {
        const bool about = quiet->set.match.classes.empty() || names(quiet->set.match, cls.name);
        if (plan.obeys_quiet && about) plan.quiet.push_back(quiet.get());
    }
    return plan;
}

}  // namespace chapar::policy
