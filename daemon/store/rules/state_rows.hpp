#pragma once
// The rows behind a message's states, for the rules that move it.

#include <span>
#include <string>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// The rows of these messages are read at once; `load_state` finds them. Who wants them forgets them at its end.
void want_states(Unit& unit, std::span<const MessageKey> keys);
/// A damaged row is noted, for a repair that comes after this transaction.
Stored<StateRow> load_state(Unit& unit, MessageKey key);

/// Without taking the row: whoever changes it finds it still. Nothing: there is none, or it is damaged.
std::optional<model::Progress> look_at_progress(Unit& unit, MessageKey key);

/// How a change came about, where others want to know of it.
struct Saving {
    bool ends_attempt = false;                   // whoever asked for the attempt knows of its end
    bool is_bounce = false;                      // and its address was refused
    bool is_refused = false;                     // by the provider, or what it took came back
    bool is_told = false;                        // the feed has an entry of its own for it
    std::optional<MessageId> id = std::nullopt;  // of the message, where it is known
    const MovedMessage* message = nullptr;       // the same
};
/// Lets go of what a message in its new state may not hold, writes its row, and notes the change. The row is not used
/// again.
void save_state(Unit& unit, StateRow& row, const Saving& saving = {});
/// For those who want to know what the store did by itself or was told to do outside of an attempt.
void note_move(Unit& unit, MessageKey key, const model::Progress& now, model::State before, const Saving& saving = {});
/// In the feed, in the commit of the change itself: who follows it misses none.
void note_change(Unit& unit, MessageKey key, const model::Progress& now, model::State before,
                 const Saving& saving = {});

/// A damaged one comes as a blank one.
std::optional<model::Attempt> load_attempt(Unit& unit, MessageKey key, int number);
/// Its message goes on without its outcome.
void close_attempt(Unit& unit, MessageKey key, int number, std::string_view why);

/// For the traces; a message that can't be read is named by its key.
std::string id_text(Unit& unit, MessageKey key);
/// Back among the waiting: a newer message may have taken its place meanwhile.
void yield_to_successor(Unit& unit, StateRow& row, Timestamp at);
/// A message that waits ends by `event`. False: it does not wait.
bool end_waiting(Unit& unit, MessageKey key, model::Event event, const std::vector<model::TraceEntry>& why,
                 std::optional<MessageKey> carrier = std::nullopt);

}  // namespace chapar::store::rules
