#pragma once
// Transactions over the data: the mutex is held from `begin` until `committed` or a rollback, so that what is counted
// in memory moves with what is stored. Writer's thread only, but for `cut`.

#include <functional>
#include <mutex>

#include "store/engine/database.hpp"
#include "store/memory/tables.hpp"

namespace chapar::store::memory {

class MemoryDatabase final : public engine::Database {
  public:
    /// `self`: whose database this is; nobody's is never over.
    MemoryDatabase(Data& data, std::function<bool()> refuses, model::LeaseOwner self = {})
        : data_(data), refuses_(std::move(refuses)), self_(self), tables_(data.tables, true) {}

    std::optional<Error> refusal() override { return std::nullopt; }
    bool begin() override;
    bool others_wrote() const override { return data_.last_writer != self_; }
    MemoryTables& tables() override { return tables_; }
    bool commit(rules::Changes& changes) override;
    Failure roll_back(const rules::Changes& changes) override;
    void committed(const rules::Changes& changes) override;

    /// Nothing is committed any more, as when the process is gone.
    void cut();
    bool is_cut() const { return is_cut_; }

  private:
    Data& data_;
    const std::function<bool()> refuses_;
    const model::LeaseOwner self_;
    MemoryTables tables_;
    bool is_cut_ = false;  // guarded by the data's mutex
    std::unique_lock<std::mutex> lock_;
};

}  // namespace chapar::store::memory
