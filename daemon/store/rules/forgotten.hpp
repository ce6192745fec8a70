#pragma once
// Who is being forgotten, and which messages have a name of theirs. Pure.

#include <set>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/ids.hpp"
#include "model/message.hpp"

namespace chapar::store::rules {

/// One name of somebody who is forgotten: an id, an address, or one that is joined (person.hpp).
struct Forgotten {
    std::string application, name;
    auto operator<=>(const Forgotten&) const = default;
};
using ForgottenNames = std::set<Forgotten>;

/// The name of `names` that a message has; nullptr: none. `country`: of numbers that were kept as they were written.
const Forgotten* name_in(const ForgottenNames& names, std::string_view application, std::string_view recipient,
                         const std::vector<model::PlanStep>& plan, std::string_view country);

/// The name of `names` that somebody has who gets a copy; nullptr: none.
const Forgotten* copy_in(const ForgottenNames& names, std::string_view application,
                         const std::vector<model::PlanStep>& plan);

/// The name of `names` that has this copy's address; nullptr: none.
const Forgotten* owner_of(const ForgottenNames& names, std::string_view application, const model::Copy& copy);

/// Erasures under way, in memory. Empty until it is loaded.
struct ErasureIndex {
    bool is_loaded = false;
    ForgottenNames under_way;
    std::unordered_set<MessageKey> waits;
};

}  // namespace chapar::store::rules
