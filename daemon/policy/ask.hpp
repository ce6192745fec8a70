#pragma once
// One question to the policy while it is answered. What was worked out without the store stays from round to round. One
// thread at a time.

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/read_set.hpp"
#include "policy/match.hpp"
#include "policy/rules.hpp"

namespace chapar::policy {

/// A rule that matches this message on this step, with what it counted.
struct Applied {
    const Cap* cap = nullptr;
    model::Scope scope = 0;
    Timestamp from{};             // uses at or after this count
    std::optional<Timestamp> to;  // and before this
    std::int64_t used = 0, mine = 0;
    bool is_reached = false;
    std::optional<Timestamp> next;  // reached: when it lets this message through; nullopt: never
};

/// What is read, and what is missed. What was missed counts as if nothing spoke against the message, so that one pass
/// learns of as much as it can; its answer is then worth nothing.
struct Readings {
    const model::ReadSet* set = nullptr;
    model::ReadPlan* more = nullptr;
    int asked = 0, missed = 0;                 // how often
    std::vector<Finding>* findings = nullptr;  // nullptr: nobody asked
};

struct Ask {
    Ask(const RuleSet& set, const Subject& about, Readings& known, Timestamp at, bool tells)
        : rules(set), plan(set.plan_of(about.class_name)), subject(about), readings(known), now(at), is_told(tells) {}

    const RuleSet& rules;
    const ClassPlan& plan;
    const Subject& subject;
    Readings& readings;
    Timestamp now;
    bool is_told;  // findings are wanted of this question

    std::vector<Finding>* findings() const { return is_told ? readings.findings : nullptr; }

    // Nothing: it was missed.
    const model::Said* said() const;
    std::optional<Timestamp> last_event(const std::string& event) const;
    const std::vector<model::Suppression>* suppressions(const model::PlanStep& at) const;
    std::optional<model::ReadSet::Uses> uses(const model::ReadPlan::Uses& wanted) const;
    std::optional<Timestamp> reach(model::ReachRef wanted) const;
    const std::vector<model::Member>& group(model::Scope scope, bool with_messages) const;
    std::optional<model::State> state_of(MessageKey key) const;
    /// The other message, if it may be taken along as far as it is known.
    const Subject* other(MessageKey key) const;
    const std::vector<MessageKey>& carried() const;

    const model::PlanStep& step(int index) const { return subject.plan[static_cast<std::size_t>(index)]; }
    Traits traits(int index) const;
    model::Scope person(int index) const;
    /// The first zone that the chain knows; nullptr: none.
    const Zone* zone_by(std::span<const ZoneSource> chain) const;
    /// The zone of calendar windows and of sentences; never nullptr.
    const Zone& persons_zone() const;

    /// What was worked out for a step without asking for anything that the store knows.
    struct OfStep {
        std::optional<model::Scope> person;
        std::optional<std::vector<Applied>> caps;  // that decide, with their windows and scopes
        bool is_not_quiet = false;
    };
    OfStep& of(int index) const;
    const std::shared_ptr<const model::Kind>& kind(int index) const;

  private:
    const model::PersonRef& who() const;
    const Zone* stored_zone() const;

    mutable const Zone* persons_zone_ = nullptr;
    mutable std::vector<OfStep> steps_;
    mutable std::optional<model::PersonRef> who_;
    mutable std::pair<int, std::shared_ptr<const model::Kind>> kind_;
    struct Other {
        std::shared_ptr<const model::Kept> kept;
        std::shared_ptr<const Subject> subject;
    };
    mutable std::map<MessageKey, Other> others_;
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
    std::shared_ptr<const model::Kind> kind_of_slots;
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
