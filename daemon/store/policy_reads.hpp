#pragma once
// What the policy would find, for those who ask without sending: what-if, explain, the check of a new configuration.

#include <functional>
#include <string>
#include <vector>

#include "model/ledger.hpp"
#include "store/values.hpp"

namespace chapar::store {

class PolicyReads {
  public:
    virtual ~PolicyReads() = default;

    /// Runs `look` with the ledger as it stands, on the caller's thread over a read connection.
    virtual Result<void> peek(const std::function<void(model::Ledger&)>& look) = 0;
    /// Of messages that were accepted in the last days, as long as uses are kept.
    virtual Result<std::vector<std::string>> categories() = 0;
};

}  // namespace chapar::store
