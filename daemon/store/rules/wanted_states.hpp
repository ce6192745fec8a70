#pragma once
// The rows of states that a batch is going to ask for, read in one call of their table. Each is handed out once: from
// then on the table alone says what the row is, since a rule may have changed it.

#include <optional>
#include <span>
#include <unordered_map>

#include "store/rows/tables.hpp"

namespace chapar::store::rules {

class WantedStates {
  public:
    /// In place of what was wanted before. Answers the key at which a table that fails has stopped, as far as that can
    /// be told: behind it there is nothing.
    std::optional<MessageKey> fetch(StateTable& table, std::span<const MessageKey> keys);
    /// Nothing: it was not wanted, or was handed out.
    std::optional<Stored<StateRow>> take(MessageKey key);
    void forget() { rows_.clear(); }

  private:
    std::unordered_map<MessageKey, Stored<StateRow>> rows_;
};

}  // namespace chapar::store::rules
