#pragma once
// What a reader's ledger reads: the people's tables and the uses over a read connection, one snapshot at a time.

#include "store/rules/ledger.hpp"
#include "store/sqlite/kinds.hpp"
#include "store/sqlite/tables_messages.hpp"
#include "store/sqlite/tables_people.hpp"
#include "store/sqlite/use_journal.hpp"

namespace chapar::store::sqlite {

/// Chunks and what is pending, both of one snapshot: the writer's memory may be ahead of it.
class ReadUses final : public UseReads {
  public:
    explicit ReadUses(Connection& connection);
    /// At the end of a snapshot.
    void forget() { journal_read_.reset(); }
    bool visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    bool summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override;

  private:
    /// Of the scope, by time. False: some from `from` on are lost.
    bool read(model::Scope scope, Timestamp from, std::vector<model::Use>& uses);

    Connection& connection_;
    Statement select_;
    UseJournal journal_;
    std::unique_ptr<JournalOfUses> journal_read_;  // when the first use is asked for
};

class ReadPolicy {
  public:
    explicit ReadPolicy(Connection& connection);
    /// For one look, in one snapshot.
    rules::TableLedger ledger();
    /// At its end.
    void forget() { uses_.forget(); }

  private:
    ReadUses uses_;
    ReadKinds kinds_;
    SqlPeople people_;
    SqlStates states_;
    SqlMessages messages_;
    SqlRelations relations_;
};

}  // namespace chapar::store::sqlite
