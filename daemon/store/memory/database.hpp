#pragma once
// Transactions over the data: the mutex is held from begin to commit or rollback. Writer's thread only.

#include <functional>
#include <mutex>

#include "store/engine/database.hpp"
#include "store/memory/tables.hpp"

namespace chapar::store::memory {

class MemoryDatabase final : public engine::Database {
  public:
    MemoryDatabase(Data& data, std::function<bool()> refuses)
        : data_(data), refuses_(std::move(refuses)), tables_(data.tables, true) {}

    std::optional<Error> refusal() override { return std::nullopt; }
    bool begin() override;
    MemoryTables& tables() override { return tables_; }
    bool commit(rules::Changes& changes) override;
    Failure roll_back(const rules::Changes& changes) override;
    void committed(const rules::Changes&) override {}

  private:
    Data& data_;
    const std::function<bool()> refuses_;
    MemoryTables tables_;
    std::unique_lock<std::mutex> lock_;
};

}  // namespace chapar::store::memory
