#pragma once
// Accepting: message, progress and idempotency rows; pools made on demand. Writer's thread only.
// Failures are the connection's fault; the transaction's owner rolls back.

#include <functional>
#include <vector>

#include "store/sqlite/rows.hpp"
#include "store/sqlite/stage.hpp"

namespace chapar::store::sqlite {

class Intake {
  public:
    Intake(Connection& connection, const Tally& tally, Stage& stage);

    /// Before each transaction: a rollback may have undone the pool that is remembered.
    void begin() { last_pool_ = {}; }
    /// `collapse` hears of each new message that replaces others, once its rows are written.
    std::vector<AcceptResult> accept(const std::vector<NewMessage>& batch,
                                     const std::function<void(const NewMessage&)>& collapse);
    PoolId intern(std::string_view class_name, std::string_view application, std::string_view campaign);
    /// Also knows the pools of the running transaction.
    std::optional<Pool> pool(PoolId id) const;
    /// Writes how many messages pin which revision. Before each commit.
    void flush_revisions();

  private:
    AcceptResult accept_one(const NewMessage& item);
    /// Nothing: the key is new and now taken by `item`.
    std::optional<AcceptResult> known(const NewMessage& item);
    void insert(const NewMessage& item);

    Connection& connection_;
    const Tally& tally_;
    Stage& stage_;
    Statement insert_message_, insert_progress_, insert_pool_;
    Statement claim_key_, find_key_, retake_key_, use_revision_;
    Pool last_pool_;  // of the previous message; most neighbours share it
    std::string plan_;
};

}  // namespace chapar::store::sqlite
