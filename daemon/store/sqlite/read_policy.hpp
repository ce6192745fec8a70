#pragma once
// What a reader's ledger reads: the people's tables and the uses over a read connection, one snapshot at a time.

#include "store/rules/ledger.hpp"
#include "store/sqlite/kinds.hpp"
#include "store/sqlite/tables_messages.hpp"
#include "store/sqlite/tables_people.hpp"

namespace chapar::store::sqlite {

class ReadUses final : public UseReads {
  public:
    explicit ReadUses(Connection& connection);
    bool visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    bool summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override;

  private:
    Statement select_;
};

class ReadPolicy {
  public:
    explicit ReadPolicy(Connection& connection);
    /// For one look, in one snapshot.
    rules::TableLedger ledger();

  private:
    ReadUses uses_;
    ReadKinds kinds_;
    SqlPeople people_;
    SqlStates states_;
    SqlMessages messages_;
    SqlRelations relations_;
};

}  // namespace chapar::store::sqlite
