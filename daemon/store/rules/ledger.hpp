#pragma once
// The ledger that the policy reads, over tables. What it meets damaged is left out and noted: nobody may be written to
// on the strength of such a reading. One thread at a time; `visit` may ask for kinds, and for nothing else.

#include <string>
#include <utility>
#include <vector>

#include "store/rows/tables.hpp"

namespace chapar::store::rules {

/// What a ledger reads; all outlive it.
struct LedgerTables {
    UseReads& uses;
    KindReads& kinds;
    PeopleTable& people;
    StateTable& states;
    MessageTable& messages;
    RelationTable& relations;
};

class TableLedger final : public model::Ledger {
  public:
    /// `now`: of the kinds that are used.
    TableLedger(const LedgerTables& tables, Timestamp now) : tables_(tables), now_(now) {}

    void uses(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    void summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override;
    const model::Kind& kind(model::KindId id) override;
    model::KindId kind_id(const model::Kind& kind) override { return tables_.kinds.intern(kind, now_); }
    std::vector<model::Consent> consents(std::string_view application, std::string_view recipient) override;
    std::vector<model::Suppression> suppressions(std::string_view channel, std::string_view address) override;
    std::optional<Timestamp> last_event(std::string_view application, std::string_view recipient,
                                        std::string_view event) override;
    std::string profile(std::string_view application, std::string_view recipient) override;
    std::vector<std::string> owners(std::string_view application, std::string_view address) override;
    std::vector<std::string> names(std::string_view application, std::string_view recipient,
                                   const std::vector<std::string>& addresses) override;
    std::optional<model::State> state_of(MessageKey key) override;
    std::vector<model::Member> group(model::Scope scope) override { return tables_.relations.members(scope); }
    bool kept(MessageKey key, const std::function<void(const model::Message&, int step)>& look) override;
    std::vector<MessageKey> carried(MessageKey leader) override;

    std::string take_damage() override { return std::exchange(damage_, {}); }
    void note_damage(std::string_view what) override { damage_ = what; }

  private:
    void add_suppressions(std::string_view channel, std::string_view address, std::vector<model::Suppression>& out);

    LedgerTables tables_;
    const Timestamp now_;
    std::string damage_;
};

LedgerTables ledger_tables(Tables& tables);

/// The newest word per (channel, topic) of a person's words in the order in which they were written. To be asked again
/// (pending) takes no no back.
std::vector<model::Consent> in_force(const std::vector<model::Consent>& words);

}  // namespace chapar::store::rules
