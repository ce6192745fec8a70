#pragma once
// Small facts that outlive a restart, and the template revisions that messages were accepted with.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/values.hpp"

namespace chapar::store {

class StoredSettings {
  public:
    virtual ~StoredSettings() = default;

    /// Small operator facts that outlive a restart, such as "route.smtp-a.paused". Nothing: it is forgotten.
    virtual void put_setting(std::string name, std::optional<std::string> value, Done<bool> done) = 0;
    virtual Result<std::vector<std::pair<std::string, std::string>>> settings() = 0;
    /// Kept until no message needs it. `bundle` is opaque here.
    virtual void put_revision(std::string revision, std::string bundle, Done<bool> done) = 0;
    virtual Result<std::optional<std::string>> revision(std::string_view revision) = 0;
};

}  // namespace chapar::store
