#pragma once
// A backend, as the group commit drives it: one transaction after the other, on one thread.

#include <optional>

#include "base/result.hpp"
#include "store/rows/tables.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::engine {

class Database {
  public:
    virtual ~Database() = default;

    /// Before each transaction: a backend whose disk failed tries to come back. Nothing: it is ready.
    virtual std::optional<Error> refusal() = 0;
    virtual bool begin() = 0;
    /// Behind `begin`: another store has committed to the same data since the last transaction of this one.
    virtual bool others_wrote() const { return false; }
    virtual Tables& tables() = 0;
    /// On disk when true. Otherwise the transaction is to be rolled back. Counts move with it.
    virtual bool commit(rules::Changes& changes) = 0;
    struct Failure {
        Error error;
        bool is_of_the_disk = false;  // any other write would have met it too
    };
    /// Why it failed.
    virtual Failure roll_back(const rules::Changes& changes) = 0;
    /// Behind a commit and before its answers.
    virtual void committed(const rules::Changes& changes) = 0;

    /// Chores between the transactions.
    virtual bool wants_upkeep() const { return false; }
    virtual void upkeep() {}
};

}  // namespace chapar::store::engine
