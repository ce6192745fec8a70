#pragma once
// Decides what an outcome means for its message: the verdict says it, within what the class allows. Pure.

#include <optional>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "store/messages.hpp"
#include "store/queue.hpp"

namespace chapar::track {

struct EndedAttempt {
    const model::Message& message;
    const model::Progress& progress;  // as it was leased: `attempts` counts the attempt that just ended
    const config::ClassSettings& cls;
    model::Outcome outcome;
    Timestamp now{};
    Milliseconds delay{};            // the backoff for this attempt, drawn by the caller
    bool other_route = false;        // another healthy route of the channel could take it at once
    Milliseconds fallback_after{0};  // no delivery known this long after acceptance: the next channel; 0: never
};

/// The settlement to store. The next state is what model::next says of its event.
store::Settlement settle(const EndedAttempt& facts);

/// For a sent message whose delivery is not known in time: on to the next channel. Nothing: there is none left, or no
/// time for it.
std::optional<store::Transition> fall_back(const store::Queued& sent, Timestamp now);

/// The row of the suppression list that an outcome asks for: the provider says that nobody has this address any more.
std::optional<model::Suppression> hard_bounce(const model::Message& message, int step, const store::Settlement& ended);

/// What a mail that ended, or was taken, says of its address. Nothing: nothing, or the address is not to blame.
std::optional<model::Arrival> arrival(const model::Message& message, int step, const store::Settlement& ended);

/// For a message that could not be rendered, or stopped itself, after its lease.
store::Settlement stop(const EndedAttempt& facts, model::Reason reason, std::string detail);

/// For a leased message of which nothing left the house.
store::Settlement give_back(const EndedAttempt& facts, std::string detail);

/// So often may the daemon die with a message in hand: then it is held, whatever its class says.
inline constexpr int poison_deaths = 3;

/// For an attempt found open at start: the daemon ended before its outcome was known, for the `deaths`th time with this
/// message in hand.
store::Settlement resolve_in_doubt(const store::Orphan& doubt, const config::ClassSettings& cls, Timestamp now,
                                   Milliseconds delay, int deaths);

}  // namespace chapar::track
