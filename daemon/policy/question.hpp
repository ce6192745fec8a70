#pragma once
// One question to the policy, in phases: what it needs is planned without the store, read set-wise by whoever may read,
// and decided over that without I/O. What was worked out while planning (scopes, windows, quiet hours) is not worked
// out again. `now` is fixed with the question. One thread at a time; the subject's views must outlive it.
//
// Most questions take one round of reading. A second one reads what follows from the first: the plan's later channels,
// when there is room under a full cap of thousands of uses, whether those that give way still wait, the owner of an
// address; a third one the gates of those that a digest takes along.

#include <optional>

#include "model/read_set.hpp"
#include "policy/ask.hpp"
#include "policy/decide.hpp"

namespace chapar::policy {

class Question {
  public:
    Question(const Rules& rules, Subject subject, Timestamp now, bool explain = false);
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;

    /// What it needs as far as it is known without the store, added to `plan`.
    void plan(model::ReadPlan& plan);
    /// Pure. Nothing: `more` is needed, and was added there.
    std::optional<Decision> decide(const model::ReadSet& set, model::ReadPlan& more);
    /// Plans, reads and decides until it is decided. Something damaged by which it was decided is noted in the ledger.
    Decision answer(model::Ledger& ledger);
    /// With another `now`; what was planned before need not be enough.
    void renew(Timestamp now);

    const Subject& subject() const { return subject_; }
    Timestamp now() const { return ask_->now; }
    /// How often it was read for, up to the decision.
    int rounds() const { return rounds_; }

  private:
    const RuleSet& rules_;
    const Subject subject_;
    const bool explains_;
    Readings readings_;
    std::optional<Ask> ask_;
    int rounds_ = 0;
};

}  // namespace chapar::policy
