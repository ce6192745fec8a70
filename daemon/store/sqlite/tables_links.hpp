#pragma once
// Short links in SQLite. Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

#define CHAPAR_LINK_COLUMNS "code, link, destination, key, owner, expires, tracked, sum"
/// Of a query over the columns above. nullopt: the checksum does not match.
std::optional<LinkRow> read_link(const Rows& rows);

class SqlLinks final : public LinkTable {
  public:
    explicit SqlLinks(Connection& connection);
    bool has(std::string_view code) override;
    std::vector<model::ShortLink> of(MessageKey key) override;
    void put(const LinkRow& row) override;
    void drop(MessageKey key) override { drop_.run(key.value); }
    void drop_owner(std::int64_t owner) override { drop_owner_.run(owner); }
    std::int64_t prune(Timestamp now, int limit) override;

  private:
    Connection& connection_;
    Statement has_, of_, put_, drop_, drop_owner_, prune_;
};

}  // namespace chapar::store::sqlite
