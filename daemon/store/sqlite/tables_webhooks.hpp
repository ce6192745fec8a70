#pragma once
// Endpoints of webhooks in SQLite. Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

class SqlWebhooks final : public WebhookTable {
  public:
    explicit SqlWebhooks(Connection& connection);
    void put(const WebhookState& state) override;
    bool drop(std::string_view name) override;
    void put_wait(std::string_view name, const WebhookWait& wait) override;
    void drop_wait(std::string_view name, std::int64_t number) override { drop_wait_.run(name, number); }

  private:
    Connection& connection_;
    Statement put_, drop_, put_wait_, drop_wait_, drop_waits_;
};

/// The reads of one reader's connection.
class WebhookReads {
  public:
    explicit WebhookReads(Connection& connection);
    std::vector<WebhookState> all();
    std::vector<WebhookWait> waits(std::string_view name);
    std::int64_t feed_end();
    std::int64_t feed_before(Timestamp since);

  private:
    Statement all_, waits_, end_, next_;
};

}  // namespace chapar::store::sqlite
