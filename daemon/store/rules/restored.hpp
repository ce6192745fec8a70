#pragma once
// A backup that was put back: what a store that is older than its journal makes of its messages.

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// A message as the journal saw it last.
struct LastKnown {
    model::State state = model::State::waiting;
    int attempts = 0;
};

enum class TakeOver : std::uint8_t {
    as_it_stands,  // the store knows as much, or more
    over,          // it has ended, or was sent
    again,         // attempts were made that certainly sent nothing: it waits on
    doubt,         // it left the house, and nothing says that it was not sent
};
/// `is`: as the store has it; `known`: as the journal saw it last. Pure.
TakeOver compare(const LastKnown& is, const LastKnown& known);

/// What the journal knows of a message is taken over.
TakeOver take_over_known(Unit& unit, MessageKey key, const LastKnown& known);
/// In a store whose journal does not tell: what may have left since is held, up to `limit` messages behind `after`. How
/// many were held, and where to go on (nothing: done).
std::pair<std::int64_t, std::optional<MessageKey>> hold_restored(Unit& unit, MessageKey after, int limit);

}  // namespace chapar::store::rules
