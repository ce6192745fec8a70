#pragma once
// The policy, asked inside the lease's transaction.

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "dispatch/facts.hpp"
#include "policy/question.hpp"

namespace chapar::dispatch {

/// One for each batch of leases; `facts` in the batch's order. Made on a worker, which plans what must be read; the
/// store asks it on the writer's thread; afterwards, when the lease is answered, `reason` may be read by whoever got
/// the answer.
class PolicyGate final : public model::Gate {
  public:
    /// `now`: of every decision, and of the slots that are taken.
    PolicyGate(std::shared_ptr<const policy::Rules> rules, const Clock& clock, Timestamp now, std::vector<Facts> facts);
    const model::ReadPlan* plan() const override { return &plan_; }
    std::optional<model::Ruling> rule(std::size_t index, const model::ReadSet& set, model::ReadPlan& more) override;
    /// Why the policy kept this lease back, if it did.
    std::optional<model::Reason> reason(std::size_t index) const { return told_[index].reason; }
    /// What the lease's trace got when it carries others as a digest.
    const std::optional<model::TraceEntry>& digest(std::size_t index) const { return told_[index].digest; }

    /// What is noticed of it: nothing, where it was not asked.
    engage::Tracking tracking(std::size_t index) const { return told_[index].tracking; }
    /// Of the copies of its mail those that are not written to, by index.
    const std::vector<std::size_t>& left_out(std::size_t index) const { return told_[index].left_out; }
    const std::vector<policy::CapAlarm>& alarms(std::size_t index) const { return told_[index].alarms; }
    const Facts& facts(std::size_t index) const { return facts_[index]; }

  private:
    /// Of one lease.
    struct Told {
        std::optional<model::Reason> reason;
        std::optional<model::TraceEntry> digest;
        std::vector<policy::CapAlarm> alarms;
        std::vector<std::size_t> left_out;
        engage::Tracking tracking = engage::Tracking::none;
    };
    /// False: the person's words are not read yet.
    bool decide_tracking(std::size_t index, const model::ReadSet& set, model::ReadPlan& more, model::Ruling& ruling);
    const std::shared_ptr<const policy::Rules> rules_;
    const Clock& clock_;
    const std::vector<Facts> facts_;
    std::deque<policy::Question> questions_;  // in the order of `facts_`, whose views they hold
    model::ReadPlan plan_;
    std::vector<Told> told_;
};

}  // namespace chapar::dispatch
