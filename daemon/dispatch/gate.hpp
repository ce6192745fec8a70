#pragma once
// The policy, asked inside the lease's transaction.

#include <memory>
#include <optional>
#include <vector>

#include "dispatch/facts.hpp"
#include "model/ledger.hpp"
#include "policy/decide.hpp"

namespace chapar::dispatch {

/// One for each batch of leases; `facts` in the batch's order. The store asks it on the writer's thread; afterwards,
/// when the lease is answered, `reason` may be read by whoever got the answer.
class PolicyGate final : public model::Gate {
  public:
    PolicyGate(std::shared_ptr<const policy::Rules> rules, const Clock& clock, std::vector<Facts> facts)
        : rules_(std::move(rules)),
          clock_(clock),
          facts_(std::move(facts)),
          reasons_(facts_.size()),
          digests_(facts_.size()),
          alarms_(facts_.size()),
          left_out_(facts_.size()) {}
    model::Ruling rule(std::size_t index, model::Ledger& ledger) override;
    /// Why the policy kept this lease back, if it did.
    std::optional<model::Reason> reason(std::size_t index) const { return reasons_[index]; }
    /// What the lease's trace got when it carries others as a digest.
    const std::optional<model::TraceEntry>& digest(std::size_t index) const { return digests_[index]; }

    /// Of the copies of its mail those that are not written to, by index.
    const std::vector<std::size_t>& left_out(std::size_t index) const { return left_out_[index]; }
    const std::vector<policy::CapAlarm>& alarms(std::size_t index) const { return alarms_[index]; }
    const Facts& facts(std::size_t index) const { return facts_[index]; }

  private:
    void leave_out_copies(std::size_t index, const policy::Subject& subject, model::Ledger& ledger,
                          model::Ruling& ruling);

    const std::shared_ptr<const policy::Rules> rules_;
    const Clock& clock_;
    const std::vector<Facts> facts_;
    std::vector<std::optional<model::Reason>> reasons_;
    std::vector<std::optional<model::TraceEntry>> digests_;
    std::vector<std::vector<policy::CapAlarm>> alarms_;
    std::vector<std::vector<std::size_t>> left_out_;
};

}  // namespace chapar::dispatch
