#pragma once
// Caps: what was used under each rule that matches, what follows where one is reached, and the slots that are taken.

#include "policy/ask.hpp"

namespace chapar::policy {

/// The uses under the scopes of one question. Kept from question to question, so that it rarely allocates.
class History {
  public:
    void clear();
    /// Uses from the window's begin on; they come so that each lies wholly inside or outside of it.
    void want(const Applied& applied);
    void read(const Ask& ask);
    /// With the totals: all uses. What is reserved is always here.
    std::span<const model::ReadSet::Use> of(model::Scope scope) const;
    std::span<const model::ReadSet::Total> totals_of(model::Scope scope) const;
    /// Whether rule number `rule` of this question is about uses of this kind; worked out once for each pair.
    bool counts_for(std::size_t rule, const Cap& cap, std::size_t kind);
    const model::Kind& kind(std::size_t number) const { return set_->kind(number); }
    model::KindId kind_id(std::size_t number) const { return set_->kind_id(number); }
    std::size_t kind_count() const { return set_->kind_count(); }

  private:
    struct Read {
        model::ReadPlan::Uses wanted;  // keeps its memory
        model::ReadSet::Uses found;
    };
    const Read* find(model::Scope scope) const;

    const model::ReadSet* set_ = nullptr;
    std::vector<Read> reads_;  // the first read_count_ of them
    std::size_t read_count_ = 0;
    std::vector<std::vector<signed char>> by_kind_;  // for each rule: -1 not asked yet, 0 no, 1 yes
};

/// The last gate; a pass carries the slots.
Verdict check_caps(const Ask& ask, int step);

// ---- its parts ----------------------------------------------------------------------------------------------------

/// Where the rule counts this message.
model::Scope scope_of(const Ask& ask, const Cap& cap, int step);
std::int64_t amount_of(const Cap& cap, const Amount& amount);
std::int64_t amount_of(const Cap& cap, const model::Use& use);
/// Whether the use takes a slot of this rule for the message `key`.
bool holds_slot(const Cap& cap, const model::Use& use, MessageKey key);
/// Whether the message holds a slot of this scope from an earlier try; it need not compete or gather again.
bool has_own_slot(const History& history, const Applied& applied, MessageKey key);
/// The rule's window at `ask.now`; false: the rule is over.
bool set_window(const Ask& ask, Applied& applied);
/// Counts, and finds the next time. `extra` is counted as if it had been used now.
void count(const Ask& ask, History& history, std::size_t rule, Applied& applied, std::int64_t extra = 0);
bool is_in_window(const Applied& applied, Timestamp at);

/// What follows where `reached` are reached (in the order of the configuration).
Verdict over_cap(const Ask& ask, int step, std::span<Applied*> reached);
/// Waiting messages of lower priority whose slots let this one through everywhere; empty: not possible.
std::vector<MessageKey> lower_ones(const Ask& ask, History& history, std::span<Applied> applied);
/// A hold while better ones may come, or over_cap when one has; nullopt: this is the best.
std::optional<Verdict> arbitrate(const Ask& ask, int step, History& history, std::span<Applied> applied);
/// Joins the others that wait for the digest, or takes them along into `pass`.
std::optional<Verdict> gather(const Ask& ask, int step, const History& history, std::span<const Applied> applied,
                              Verdict& pass);
/// Those of `members` that may go with this one, by their own gates, into `pass`; and those that never may.
void take_along(const Ask& ask, int step, std::vector<model::Member> members, Verdict& pass);
/// Another try of a digest: those that it carries already are asked again.
void carry_on(const Ask& ask, int step, Verdict& pass);
model::Scope digest_scope(const Ask& ask, const Cap& cap, int step);
Timestamp digest_due(const Ask& ask, const Cap& cap);
/// Who wins the last slot: class priority, then value; of equal ones the older.
std::int64_t rank_of(const Ask& ask);

void reserve(const Ask& ask, int step, Verdict& pass);
Finding cap_finding(const Ask& ask, int step, const Applied& applied);

}  // namespace chapar::policy
