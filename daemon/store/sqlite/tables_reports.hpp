#pragma once
// What was reported, in SQLite: the ids of providers, reports that can't be applied yet, the feed. Failures are the
// connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

#define CHAPAR_SEGMENT_COLUMNS "route, id, key, number, part, parts, fate, at, code, sum"
/// nullopt: the checksum does not match.
std::optional<ProviderId> read_provider_id(const Rows& rows);

#define CHAPAR_FEED_COLUMNS                                                                                 \
    "key, tail, attempt, part, parts, effect, at, noted_at, application, kind, route, channel, recipient, " \
    "address, code, detail, provider_id, sum, state"
#define CHAPAR_TURN_COLUMNS "key, tail, at, state, reason, step, attempt, bounced, sum"
/// Of a query over `number`, then the columns above. nullopt: the checksum does not match.
std::optional<model::FeedEntry> read_feed(const Rows& rows);
std::optional<StateChange> read_change(const Rows& rows);

class SqlProviderIds final : public ProviderIdTable {
  public:
    explicit SqlProviderIds(Connection& connection);
    void put(const ProviderId& id) override;
    void find_each(std::span<const ProviderIdKey> keys, std::span<std::optional<ProviderId>> out) override;
    void drop(std::string_view route, std::string_view normal_id, MessageKey key) override {
        drop_.run(route, normal_id, key.value);
    }
    void put_last_sent(std::int64_t scope, MessageKey key) override;
    std::optional<MessageKey> last_sent(std::int64_t scope) override;
    void drop_last_sent(std::int64_t scope, MessageKey key) override { drop_last_.run(scope, key.value); }
    bool is_empty() override;

  private:
    Statement put_, find_, drop_, put_last_, last_, drop_last_, any_;
};

class SqlUnmatched final : public UnmatchedTable {
  public:
    explicit SqlUnmatched(Connection& connection);
    void visit(const std::function<void(std::int64_t, const model::Report&)>& visit) override;
    std::optional<std::int64_t> insert(const model::Report& report, Timestamp noted_at) override;
    Stored<model::Report> load(std::int64_t number) override;
    void drop(std::int64_t number) override { delete_.run(number); }
    std::vector<std::int64_t> older(Timestamp before, int limit) override;
    std::vector<std::int64_t> from(std::string_view address) override;

  private:
    Statement insert_, select_one_, all_, old_, by_address_, delete_;
};

class SqlFeed final : public FeedTable {
  public:
    explicit SqlFeed(Connection& connection);
    void append(const model::FeedEntry& entry, const std::string& dedupe) override;
    std::int64_t append(const StateChange& change) override;
    std::vector<bool> has_each(std::span<const std::string> dedupes) override;
    std::int64_t prune(Timestamp before, int limit) override;
    void drop(MessageKey key) override { drop_message_.run(key.value); }
    void drop_from(std::string_view address) override;
    bool take_news() override { return std::exchange(has_news_, false); }
    /// After a rollback.
    void forget() {
        next_.reset();
        has_news_ = false;
    }

  private:
    std::int64_t next_number();
    std::int64_t prune(Statement& oldest, Statement& drop, Timestamp before, int limit);

    Connection& connection_;
    Statement append_, append_change_, has_, oldest_, oldest_changes_, newest_, drop_one_, drop_change_, drop_message_;
    Statement drop_address_, remember_, begin_sequence_;
    std::optional<std::int64_t> next_;  // number; nothing: not known
    bool has_news_ = false;
};

}  // namespace chapar::store::sqlite
