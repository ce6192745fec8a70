#pragma once
// The hits of messages, in SQLite: one row for each message that has any. Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// Of a query over `hits, sum`. nullopt: the checksum does not match.
std::optional<Engagement> read_engagement(const Rows& rows, MessageKey message);

class SqlEngagements final : public EngagementTable {
  public:
    explicit SqlEngagements(Connection& connection);
    Stored<Engagement> load(MessageKey message) override;
    void put(const Engagement& engagement) override;
    void drop(MessageKey message) override { drop_.run(message.value); }
    std::vector<MessageKey> keys(MessageKey after, int limit) override;
    void add_totals(std::int64_t day, const HitTotals& totals) override;

  private:
    Statement load_, put_, drop_, keys_, add_;
};

}  // namespace chapar::store::sqlite
