#pragma once
// Caps: what was used under each rule that matches, what follows where one is reached, and the slots that are taken.

#include "policy/ask.hpp"

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

/// A use as it was read, with the number of its kind in this question.
struct Seen {
    model::Use use;
    std::size_t kind = 0;
};

/// Of a scope with many uses: what lies between two edges of the windows, of one kind and state.
struct SeenTotal {
    model::Total total;
    std::size_t kind = 0;
    std::size_t stretch = 0;  // how many edges lie before it
};

/// What the ledger said, read once for each scope. Kept from question to question, so that it rarely allocates.
class History {
  public:
    void clear();
    /// Uses from the window's begin on; they come so that each lies wholly inside or outside of it.
    void want(const Applied& applied);
    void read(model::Ledger& ledger);
    /// With the totals: all uses. What is reserved is always here.
    std::span<const Seen> of(model::Scope scope) const;
    std::span<const SeenTotal> totals_of(model::Scope scope) const;
    /// Whether rule number `rule` of this question is about uses of this kind; worked out once for each pair.
    bool counts_for(std::size_t rule, const Cap& cap, std::size_t kind);
    const model::Kind& kind(std::size_t index) const { return *kinds_[index].kind; }
    std::size_t kind_number(model::Ledger& ledger, model::KindId id);

  private:
    struct Stretch {
        std::size_t first = 0, count = 0;
    };
    struct Read {
        model::Scope scope = 0;
        Stretch uses, totals;
    };
    struct KnownKind {
        model::KindId id = 0;
        const model::Kind* kind = nullptr;
        std::vector<signed char> by_rule;  // -1 not asked yet, 0 no, 1 yes
    };
    void read_one(model::Ledger& ledger, Read& read);
    void add(const model::Total& total, std::size_t kind, std::size_t from);

    std::vector<Read> reads_;
    std::vector<std::pair<model::Scope, Timestamp>> edges_;
    std::vector<Timestamp> own_edges_;  // of the scope that is being read
    std::vector<Seen> seen_;
    std::vector<SeenTotal> totals_;
    std::vector<KnownKind> kinds_;
    std::size_t kind_count_ = 0;
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
