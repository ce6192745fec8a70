#pragma once
// Kinds in SQLite: what messages were, written once and named by a small number. All of them are kept in memory: there
// are as many as campaigns and templates of senders, not as people. One thread at a time.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/rows/tables.hpp"
#include "store/sqlite/sql.hpp"
#include "store/sqlite/table_memory.hpp"

namespace chapar::store::sqlite {

class KindCache {
  public:
    explicit KindCache(Connection& connection);

    /// Null: there is none, or its row is damaged. Valid until `forget`.
    const model::Kind* find(model::KindId id);
    /// 0: there is none.
    model::KindId find(const model::Kind& kind);
    void forget();
    /// For who only reads: what was dropped meanwhile must not stay for ever.
    void forget_now_and_then();

  protected:
    struct Entry {
        model::KindId id = 0;
        std::int64_t used = 0;  // day of the last use, about
        std::unique_ptr<const model::Kind> kind;
    };
    static std::string name_of(const model::Kind& kind);
    Entry* entry(const model::Kind& kind);
    void remember(model::KindId id, std::int64_t used, const model::Kind& kind);
    void unmake(const std::string& name);
    Entry& known(const std::string& name) { return by_name_.at(name); }

    Connection& connection_;

  private:
    void load_new();

    Statement select_;
    model::KindId loaded_ = 0;
    std::chrono::steady_clock::time_point forgot_ = std::chrono::steady_clock::now();
    std::unordered_map<model::KindId, const model::Kind*> by_id_;
    std::unordered_map<std::string, Entry> by_name_;
};

/// A reader's: makes none.
class ReadKinds final : public KindReads {
  public:
    explicit ReadKinds(Connection& connection) : kinds_(connection) {}
    const model::Kind* find(model::KindId id) override { return kinds_.find(id); }
    model::KindId intern(const model::Kind& kind, Timestamp) override { return kinds_.find(kind); }
    void forget_now_and_then() { kinds_.forget_now_and_then(); }

  private:
    KindCache kinds_;
};

/// The writer's: makes numbers, and drops them again.
class SqlKinds final : public KindTable, private KindCache {
  public:
    SqlKinds(Connection& connection, TableMemory& memory);

    const model::Kind* find(model::KindId id) override { return KindCache::find(id); }
    model::KindId intern(const model::Kind& kind, Timestamp now) override;
    void drop_unused(Timestamp before) override;
    void begin() { changed_.clear(); }
    /// After a rollback: what the transaction made or touched is as it was.
    void undo();

  private:
    void write(model::KindId id, std::int64_t used, const model::Kind& kind);

    struct Changed {
        std::string name;
        std::optional<std::int64_t> used;  // before; absent: it is new
    };
    TableMemory& memory_;
    Statement put_, drop_;
    std::vector<Changed> changed_;  // by the running transaction
};

}  // namespace chapar::store::sqlite
