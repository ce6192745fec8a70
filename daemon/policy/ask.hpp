#pragma once
// One question to the policy while it is answered. Lives for one call of decide(), on one thread.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/match.hpp"
#include "policy/rules.hpp"

namespace chapar::policy {

struct Ask {
    Ask(const RuleSet& set, const Subject& about, model::Ledger& past, Timestamp at, std::vector<Finding>* told)
        : rules(set), plan(set.plan_of(about.class_name)), subject(about), ledger(past), now(at), findings(told) {}

    const RuleSet& rules;
    const ClassPlan& plan;
    const Subject& subject;
    model::Ledger& ledger;
    Timestamp now;
    std::vector<Finding>* findings;  // nullptr: nobody asked

    const model::PlanStep& step(int index) const { return subject.plan[static_cast<std::size_t>(index)]; }
    Traits traits(int index) const;
    model::Scope person(int index) const;
    /// What a word of the person may stand under.
    const std::vector<std::string>& names() const;
    /// The first zone that the chain knows; nullptr: none.
    const Zone* zone_by(std::span<const ZoneSource> chain) const;
    /// The zone of calendar windows and of sentences; never nullptr.
    const Zone& persons_zone() const;

  private:
    mutable const Zone* persons_zone_ = nullptr;
    mutable std::optional<std::pair<int, model::Scope>> person_;  // of the step that was asked for last
    mutable std::optional<std::vector<std::string>> names_;
    mutable bool asked_profile_ = false;
    mutable const Zone* profile_zone_ = nullptr;
    const Zone* stored_zone() const;
};

/// What the gates say of one step of the plan.
struct Verdict {
    enum class Kind : std::uint8_t {
        pass,
        move_on,    // not by this channel: the plan's next one is asked
        switch_to,  // the next one that every list of `only` names; `later`: when this one may go itself
        hold,       // by this channel, at `later`
        stop,       // the message ends
    } kind = Kind::pass;
    model::Reason reason = model::Reason::capped;
    model::Event event = model::Event::suppress;
    std::optional<Timestamp> later;
    std::vector<const std::vector<std::string>*> only;
    Finding finding;  // of what blocked
    // hold
    std::optional<model::Member> join;
    // pass
    std::vector<model::Ruling::Slot> reserve;
    std::vector<MessageKey> displace, collect;
    std::size_t carried_bytes = 0;  // of those that are collected
    std::vector<model::Ruling::Left> leave_out;
    std::vector<model::Scope> contents;  // of those that it takes along
    std::string displaced_by, digest_template;
    std::vector<CapAlarm> alarms;  // whatever the kind
};

/// When something may be asked again whose end nobody can know: an unknown zone, an event that has not happened.
inline constexpr Milliseconds ask_again_after = std::chrono::hours(1);

}  // namespace chapar::policy
