#pragma once
// The life of a message as one table. Pure values; callable from any thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace chapar::model {

enum class State : std::uint8_t {
    waiting = 0,     // durable, will be tried at its due time
    sending = 1,     // an attempt is written down and may have left
    sent = 2,        // the provider took responsibility (verdict ACCEPTED)
    delivered = 3,   // the provider says that it arrived
    failed = 4,      // permanent; the trace says why
    expired = 5,     // its time was over before it could go
    cancelled = 6,   // the application took it back
    held = 7,        // in doubt or quarantined: a person decides (retry or cancel)
    suppressed = 8,  // the policy ended it: consent, suppression, dedupe, quiet hours or a cap; the trace says which
    collected = 9,   // it goes as part of a digest; the trace names the message that carries it
    blocked_by_operator = 10,  // the person is on the operator's own list (advertising blacklist); no other try
};

/// What changes a message's state.
enum class Change : std::uint8_t {
    lease,                  // an attempt begins
    attempt_accepted,       // ACCEPTED
    attempt_delivered,      // DELIVERED
    attempt_retry,          // RETRY: certainly not sent, try again later
    attempt_rejected,       // REJECTED and no channel is left
    attempt_unknown_hold,   // UNKNOWN, on_doubt = hold
    attempt_unknown_retry,  // UNKNOWN, on_doubt = retry
    give_back,              // leased, but nothing left (shutdown, no plugin)
    expire,
    cancel,
    retry,       // an operator or the application asks for another try
    quarantine,  // a damaged row, a message that crashes its sender
    receipt_delivered,
    receipt_failed,
    stop,             // the message stopped itself or could not be rendered
    suppress,         // the policy ended it
    supersede,        // a newer message with the same collapse_key, or a more important one, took its place
    collect,          // a digest carries it
    fall_back,        // no delivery is known in time, or it came back: the plan's next channel is tried
    attempt_blocked,  // REJECTED: the operator lets no such message through to this person
    receipt_blocked,
};

inline constexpr int state_count = 11;
inline constexpr int change_count = 21;

/// The next state, or nothing where the change is not allowed in this state.
std::optional<State> next(State from, Change change);

/// No change but `retry` and late receipts changes it; what a digest carries can still be put down.
bool is_terminal(State state);

std::string_view name(State state);
std::optional<State> state_from(std::string_view name);
std::string_view name(Change change);
using Event = Change;

}  // namespace chapar::model
