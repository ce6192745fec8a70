#pragma once
// Messages, their states and their attempts in SQLite. What is alive is also listed in `live`, and what is indexed in
// the search index: both are kept here, so that no rule knows of them. Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/live.hpp"
#include "store/sqlite/search.hpp"

namespace chapar::store::sqlite {

class SqlMessages final : public MessageTable {
  public:
    /// `live` and `search` null: for reading alone.
    SqlMessages(Connection& connection, Live* live, SearchWriter* search);
    void insert(std::span<const NewRow> rows) override;
    std::optional<MessageId> id(MessageKey key) override;
    void owners(std::span<const MessageKey> keys, std::span<std::optional<MessageOwner>> out) override;
    Stored<KeptMessage> load(MessageKey key) override;
    std::optional<Timestamp> put_times(MessageKey key, Timestamp send_at, std::optional<Timestamp> expires_at) override;
    void blank(const KeptMessage& before, const model::Message& after) override;
    void change(const KeptMessage& before, const model::Message& after) override;
    void drop(MessageKey key) override { drop_.run(key.value); }
    void remove(const StateRow& row) override;
    void tidy(int limit) override { search_->prune(limit); }

  private:
    void insert_one(const NewRow& row);

    Live* live_;
    SearchWriter* search_;
    Statement insert_, insert_state_, id_, owner_, select_, put_times_, blank_, change_;
    Statement drop_, drop_state_, drop_attempts_;
    std::string plan_;
};

class SqlStates final : public StateTable {
  public:
    /// `live` null: for reading alone.
    SqlStates(Connection& connection, Live* live);
    void load(std::span<const MessageKey> keys, std::span<Stored<StateRow>> out) override;
    void update(std::span<StateRow* const> rows) override;
    void replace(const StateRow& row) override;
    bool scan(MessageKey after, MessageKey end,
              const std::function<bool(MessageKey, const Stored<StateRow>&)>& visit) override;
    std::optional<model::State> state(MessageKey key) override;
    std::vector<MessageKey> may_go(MessageKey after, int limit) override;

    /// Sets right where a message stands in `live`: not in `wrong`, and where its row says, if `lists`.
    void relist(MessageKey key, const std::vector<QueuePlace>& wrong, bool lists);

    void unlist(MessageKey key, const std::vector<QueuePlace>& places);

  private:
    void load_one(MessageKey key, Stored<StateRow>& out);
    void update_one(StateRow& row);

    Connection& connection_;
    Live* live_;
    Statement select_, update_, update_all_, update_expiry_, replace_, scan_, state_, may_go_;
};

class SqlAttempts final : public AttemptTable {
  public:
    SqlAttempts(Connection& connection, SearchWriter& search);
    bool begin(MessageKey key, const model::Attempt& attempt) override;
    void load_each(std::span<const AttemptKey> keys, std::span<Stored<model::Attempt>> out) override;
    std::vector<model::Attempt> all(MessageKey key) override;
    void finish(MessageKey key, const model::Attempt& attempt) override;
    void abandon(MessageKey key, Timestamp at) override { abandon_.run(key.value, to_ms(at)); }
    int last_number(MessageKey key) override;
    void names_each(std::span<const AttemptKey> keys, std::span<std::optional<AttemptNames>> out) override;
    std::vector<AttemptNames> all_names(MessageKey key) override;
    void blank(MessageKey key, const model::Attempt& attempt) override;

  private:
    Connection& connection_;
    SearchWriter& search_;
    Statement insert_, select_, all_, update_, abandon_, last_, names_, all_names_, blank_;
};

class SqlKeys final : public KeyTable {
  public:
    explicit SqlKeys(Connection& connection);
    std::vector<bool> claim(std::span<const KeyClaim> claims) override;
    std::optional<ClaimedKey> find(std::string_view application, std::string_view key) override;
    void retake(const KeyClaim& claim) override;
    void drop(std::string_view application, std::string_view key, MessageKey message) override {
        drop_.run(application, key, message.value);
    }

  private:
    Connection& connection_;
    Statement claim_, find_, retake_, drop_;
};

}  // namespace chapar::store::sqlite
