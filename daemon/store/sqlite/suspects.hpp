#pragma once
// Messages that something is known against (schema: suspect). Few rows, and none for a message in good standing.
// Writer's thread only.

#include "base/ids.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

class Suspects {
  public:
    explicit Suspects(Connection& connection);
    /// 0: it survived, or somebody has decided on it.
    void note_deaths(MessageKey key, int deaths);
    /// It is held for its damaged row, and waited before.
    void note_damage(MessageKey key);
    void forget(MessageKey key);

  private:
    Statement put_, drop_;
};

}  // namespace chapar::store::sqlite
