#pragma once
// Accepting: message, progress and idempotency rows; pools made on demand. Writer's thread only.
// Failures are the connection's fault; the transaction's owner rolls back.

#include <functional>
#include <vector>

#include "store/sqlite/live.hpp"

namespace chapar::store::sqlite {

class Intake {
  public:
    Intake(Connection& connection, const Tally& tally, Live& live, Stage& stage);

    /// Before each transaction: a rollback may have undone the pool that is remembered.
    void begin() { last_pool_ = {}; }
    /// After a rollback.
    void forget() { used_until_.clear(); }
    /// `collapse` hears of each new message that replaces others, once its rows are written.
    std::vector<AcceptResult> accept(const std::vector<NewMessage>& batch,
                                     const std::function<void(const NewMessage&)>& collapse);
    PoolId intern(std::string_view class_name, std::string_view application, std::string_view campaign);
    /// Also knows the pools of the running transaction.
    std::optional<Pool> pool(PoolId id) const;
    /// Forgets pools in which nothing is alive and nothing happened since `before`; their ids are never given again.
    void drop_idle_pools(Monotonic before);

  private:
    AcceptResult accept_one(const NewMessage& item);
    /// Nothing: the key is new and now taken by `item`.
    std::optional<AcceptResult> known(const NewMessage& item);
    void insert(const NewMessage& item);
    /// A revision is kept while a message may need it. Its row says until when one can, an hour ahead, so that it is
    /// written once an hour and not with every message.
    void use_revision(const std::string& revision, MessageKey key);
    bool is_gone(PoolId id) const;

    Connection& connection_;
    const Tally& tally_;
    Live& live_;
    Stage& stage_;
    Statement insert_message_, insert_progress_, insert_pool_;
    Statement claim_key_, find_key_, retake_key_, use_revision_;
    std::unordered_map<std::string, std::int64_t> used_until_;  // by revision, as its row has it
    Pool last_pool_;                                            // of the previous message; most neighbours share it
    std::string plan_;
};

}  // namespace chapar::store::sqlite
