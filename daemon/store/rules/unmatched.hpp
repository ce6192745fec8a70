#pragma once
// Reports that can't be applied yet: early ones, whose attempt has no outcome, and unknown ones, whose id no answer has
// named. Unknown ones are bounded; the oldest go first.

#include <vector>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

enum class Kept : std::uint8_t { fresh, repeated };
Kept keep_early(Unit& unit, const model::Report& report);
Kept keep_unknown(Unit& unit, const model::Report& report);
/// Nothing waits, as far as is known without asking the table.
bool has_no_unmatched(const Unit& unit);
/// Those that wait for this message's attempt to end, oldest first. They are gone from here.
std::vector<model::Report> take_early(Unit& unit, MessageKey key);
/// Those with this id in normal form.
std::vector<model::Report> take_unknown(Unit& unit, std::string_view route, std::string_view normal_id);
/// Noted before `before`; how many went.
std::int64_t prune_unmatched(Unit& unit, Timestamp before, int limit);
void drop_unmatched_from(Unit& unit, std::string_view address);

}  // namespace chapar::store::rules
