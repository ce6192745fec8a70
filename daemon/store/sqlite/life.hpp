#pragma once
// What moves a message: lease, settle, move, quarantine. Every change of state goes through model::next.
// Writer's thread only; failures are the connection's fault.

#include <vector>

#include "store/sqlite/intake.hpp"
#include "store/sqlite/repair.hpp"

namespace chapar::store::sqlite {

class Life {
  public:
    Life(Connection& connection, Intake& intake, Stage& stage, const Clock& clock);

    bool lease(const Lease& lease);
    bool settle(const Settlement& settlement);
    Result<model::Progress> move(const Transition& transition);
    /// The message is damaged, its state is not: to held. `what` goes into the trace.
    void quarantine(MessageKey key, std::string_view what);
    /// In place of a damaged row: one that holds the message. Only while the indexes are gone.
    void replace(const Rescue& rescue);

  private:
    struct Loaded {
        enum class Kind { missing, damaged, sound } kind = Kind::missing;
        model::Progress progress;
        Fixed fixed;
    };
    /// A damaged row asks for a repair, which comes after this transaction.
    Loaded load(MessageKey key);
    std::optional<model::Attempt> load_attempt(MessageKey key, int number);
    void save(MessageKey key, const Fixed& fixed, model::State before, const model::Progress& progress);
    void save(MessageKey key, const model::Attempt& attempt);
    void close_attempt(MessageKey key, int number, std::string_view why);
    bool may_move(const Transition& transition, PoolId pool) const;

    Connection& connection_;
    Intake& intake_;
    Stage& stage_;
    const Clock& clock_;
    Statement select_progress_, update_progress_, replace_progress_;
    Statement insert_attempt_, select_attempt_, update_attempt_, abandon_attempts_, last_attempt_;
};

}  // namespace chapar::store::sqlite
