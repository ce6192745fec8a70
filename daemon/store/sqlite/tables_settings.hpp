#pragma once
// Settings, template revisions, suspects and pools in SQLite. Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/live.hpp"
#include "store/sqlite/table_memory.hpp"

namespace chapar::store::sqlite {

class SqlSettings final : public SettingTable {
  public:
    explicit SqlSettings(Connection& connection);
    void put(std::string_view name, std::string_view value) override { put_.run(name, value); }
    void drop(std::string_view name) override { drop_.run(name); }
    bool has_bundle(std::string_view revision) override;
    void put_bundle(std::string_view revision, std::string_view bundle) override {
        put_bundle_.run(revision, Blob{bundle});
    }
    void use_revision(std::string_view revision, std::int64_t until_ms) override {
        use_revision_.run(revision, until_ms);
    }
    std::vector<std::string> unused_revisions() override;
    void drop_revision(std::string_view revision) override { drop_revision_.run(revision); }
    void put_suspect(MessageKey key, int deaths, bool is_damaged) override {
        put_suspect_.run(key.value, deaths, is_damaged ? 1 : 0);
    }
    void drop_suspect(MessageKey key) override { drop_suspect_.run(key.value); }

  private:
    Statement put_, drop_, has_bundle_, put_bundle_, use_revision_, unused_, drop_revision_, put_suspect_,
        drop_suspect_;
};

class SqlPools final : public PoolTable {
  public:
    SqlPools(Connection& connection, Live& live);
    void insert(const Pool& pool) override;
    void drop(PoolId pool) override { live_.drop_pool(pool); }
    void keep_highest(PoolId highest) override { live_.keep_highest(highest); }
    void count(const CountChanges& changes) override { live_.count(changes); }

  private:
    Live& live_;
    Statement insert_;
};

/// One node, whose lives follow each other.
class SqlNodes final : public NodeTable {
  public:
    explicit SqlNodes(const TableMemory& memory) : memory_(memory) {}
    bool is_over(const model::LeaseOwner& life) override { return life != memory_.self; }

  private:
    const TableMemory& memory_;
};

}  // namespace chapar::store::sqlite
