#pragma once
// Short links of messages: given with a lease, kept by message and by person. Pure but for the tables.

#include <optional>
#include <vector>

#include "model/short_link.hpp"
#include "store/queue.hpp"
#include "store/rules/forgotten.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// The links that the attempt of `lease` goes with, by what the message has and which codes are free; nothing is
/// written. Nothing: no code is free for one of them.
std::optional<std::vector<model::ShortLink>> choose_links(Unit& unit, const Lease& lease);
/// Writes them down; those of an earlier attempt are kept as long as these. `is_unwatched`: as in Ruling.
void keep_links(Unit& unit, const Lease& lease, const std::vector<model::ShortLink>& links, bool is_unwatched);
/// Of one name of a person, whatever became of the messages.
void drop_links_of(Unit& unit, const Forgotten& person);
std::int64_t prune_links(Unit& unit, Timestamp now, int limit);

}  // namespace chapar::store::rules
