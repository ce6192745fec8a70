#pragma once
// People, who waits with whom, and who is being forgotten, in SQLite. Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

#define CHAPAR_CONSENT_COLUMNS "application, recipient, number, channel, topic, state, source, proof, at, sum"
#define CHAPAR_SUPPRESSION_COLUMNS "channel, address, reach, reason, source, at, until, sum"
/// nullopt: the checksum does not match.
std::optional<model::Consent> read_consent(const Rows& rows);
std::optional<model::Suppression> read_suppression(const Rows& rows);

class SqlPeople final : public PeopleTable {
  public:
    explicit SqlPeople(Connection& connection);
    std::optional<std::string> profile(std::string_view application, std::string_view id) override;
    bool put_profile(const Recipient& recipient, std::string_view before) override;
    bool drop_profile(std::string_view application, std::string_view id, std::string_view before) override;
    std::vector<std::string> owners(std::string_view application, std::string_view address) override;
    void words(std::string_view application, std::string_view recipient, const VisitWord& visit) override;
    void put_word(const model::Consent& consent, std::int64_t number) override;
    std::int64_t drop_words(std::string_view application, std::string_view recipient) override;
    Stored<Timestamp> event(std::string_view application, std::string_view recipient, std::string_view event) override;
    void put_event(std::string_view application, std::string_view recipient, std::string_view event,
                   Timestamp at) override;
    std::int64_t drop_events(std::string_view application, std::string_view recipient) override;
    void suppressions(std::string_view channel, std::string_view address, const VisitSuppression& visit) override;
    Stored<model::Suppression> suppression(std::string_view channel, std::string_view address,
                                           model::SuppressionReach reach) override;
    void put_suppression(const model::Suppression& row) override;
    std::int64_t drop_suppressions(std::string_view channel, std::string_view address) override;
    std::optional<SoftBounces> soft_bounces(std::string_view channel, std::string_view address) override;
    void put_soft_bounces(const SoftBounces& row) override;
    void drop_soft_bounces(std::string_view address) override { drop_soft_.run(address); }
    bool has_no_soft_bounces() override;
    void prune_soft_bounces(Timestamp before) override { prune_soft_.run(to_ms(before)); }
    const std::string& salt() override;
    const std::string& need_salt() override;
    /// After a rollback, and at the beginning of a reader's snapshot: another may have made the salt.
    void forget() { salt_.reset(); }

  private:
    void note_addresses(std::string_view application, std::string_view id, std::string_view before,
                        std::string_view after);
    std::int64_t changes() const;

    Connection& connection_;
    Statement profile_, put_address_, drop_address_, owners_, insert_profile_, update_profile_, drop_profile_;
    Statement words_, put_word_, drop_words_, event_, put_event_, drop_events_;
    Statement suppressions_, suppression_, put_suppression_, drop_suppressions_, salt_select_, put_salt_;
    Statement soft_, put_soft_, drop_soft_, any_soft_, prune_soft_;
    std::optional<std::string> salt_;  // nothing: it was not looked for
};

class SqlRelations final : public RelationTable {
  public:
    explicit SqlRelations(Connection& connection);
    void join(MessageKey key, const SlotHoldings::GroupPlace& place) override;
    void leave(MessageKey key, const SlotHoldings::GroupPlace& place) override;
    std::vector<model::Member> members(model::Scope scope) override;
    std::optional<MessageKey> holder(model::Scope scope) override;
    void hold(model::Scope scope, MessageKey key) override;
    void let_go(model::Scope scope, MessageKey key) override { drop_collapse_.run(scope, key.value); }
    void carry(MessageKey leader, MessageKey key) override;
    void put_down(MessageKey leader, MessageKey key) override { put_down_.run(leader.value, key.value); }
    void put_all_down(MessageKey leader) override { put_all_down_.run(leader.value); }
    std::optional<std::vector<MessageKey>> carried(MessageKey leader) override;

  private:
    Statement join_, leave_, members_, find_collapse_, put_collapse_, drop_collapse_, carry_, put_down_, put_all_down_;
    Statement carried_;
};

class SqlErasures final : public ErasureTable {
  public:
    explicit SqlErasures(Connection& connection);
    std::vector<std::pair<std::string, std::string>> people() override;
    void put(std::string_view application, std::string_view name) override { put_.run(application, name); }
    void drop(std::string_view application, std::string_view name) override { drop_.run(application, name); }
    std::vector<MessageKey> waits() override;
    void put_wait(MessageKey key) override { put_wait_.run(key.value); }
    void drop_wait(MessageKey key) override { drop_wait_.run(key.value); }

  private:
    Statement people_, put_, drop_, waits_, put_wait_, drop_wait_;
};

}  // namespace chapar::store::sqlite
