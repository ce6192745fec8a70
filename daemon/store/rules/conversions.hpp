#pragma once
// What people did because of messages: kept, credited and counted in one transaction.

#include "store/attribution.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// `goals` may be null. A key that is known of the same event changes nothing; a refund may have its purchase's.
Converted convert(Unit& unit, std::string_view application, std::string_view recipient, const KeptConversion& fresh,
                  const Attributor* goals);
std::int64_t prune_conversions(Unit& unit, Timestamp before, int limit);

}  // namespace chapar::store::rules
