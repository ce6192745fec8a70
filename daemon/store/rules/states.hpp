#pragma once
// What moves a message outside of a lease: settle, move, quarantine. Every change of state goes through model::next.
// A use is `reserved` only while its message waits or is being sent: whatever ends that settles or gives it back here.

#include <string_view>
#include <vector>

#include "store/messages.hpp"
#include "store/queue.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

bool settle(Unit& unit, const Settlement& settlement);
/// Appends to the trace; the state stays.
void note(Unit& unit, MessageKey key, const model::TraceEntry& entry);
/// What whoever moves a message has in hand of it, so that nobody reads it again.
struct MessageInHand {
    MessageId id;
    const MovedMessage* message = nullptr;  // null: who wants to know of moves looks it up
    const model::Report* report = nullptr;  // that moves it
    int step = 0, attempt = 0;              // that the report is about
};
/// `told`: the feed gets an entry of its own for it. Null: it is told as a change of state.
Result<model::Progress> move(Unit& unit, const Transition& transition, const MessageInHand* told = nullptr);
/// The message is damaged, its state is not: to held. `what` goes into the trace. What the state was; nothing: there
/// is no sound row.
std::optional<model::State> quarantine(Unit& unit, MessageKey key, std::string_view what);
/// What was held for a damaged row waits again: it reads whole.
bool acquit(Unit& unit, MessageKey key);
/// In place of a row of states that can't be believed: one that holds the message. `message`: when that is sound, else
/// `pool` and `expires` as they stand, or zero. The attempts still fence: their numbers go on from the highest one.
void replace_damaged(Unit& unit, MessageKey key, const std::optional<model::Message>& message, PoolId pool,
                     std::int64_t expires);
/// Of a person who is forgotten: what waits or is held ends as cancelled, and the trace keeps no details. What the
/// state was; one that is being sent is left alone. Nothing: there is no sound row.
std::optional<model::State> erase_state(Unit& unit, MessageKey key);

}  // namespace chapar::store::rules
