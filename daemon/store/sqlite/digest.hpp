#pragma once
// Addresses of erased people: only a salted hash of them is kept. The salt is made with the first erasure and never
// changes. One thread at a time.

#include <optional>
#include <string>
#include <string_view>

#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// The name of the setting; not shown with the others.
inline constexpr std::string_view salt_setting = "erasure.salt";

class Digests {
  public:
    explicit Digests(Connection& connection);

    /// What stands for (channel, address) in the suppression list; nothing while nobody was ever erased.
    std::optional<std::string> find(std::string_view channel, std::string_view address);
    /// Makes the salt when there is none.
    std::string make(std::string_view channel, std::string_view address);
    /// After a rollback.
    void forget() { salt_.clear(); }

  private:
    void load();

    Connection& connection_;
    Statement select_;
    std::string salt_;
};

}  // namespace chapar::store::sqlite
