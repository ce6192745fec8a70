#pragma once
// The entries of the feed, as they are stored: what was reported, and each change of a message to a state in which it
// rests (or back from there). They share one sequence of numbers. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/hit.hpp"
#include "model/report.hpp"

namespace chapar::store {

/// A message came to rest in a state, or moved on from it; or somebody looked at it.
struct StateChange {
    std::int64_t number = 0;
    MessageId message;
    Timestamp at{};
    model::State state = model::State::sent;
    int reason = 0;          // model::Reason; 0: none is known
    int step = 0;            // of its plan
    int attempt = 0;         // that ended so; 0: it was not the end of one
    bool is_bounce = false;  // failed, because the address was refused
    /// It is a hit, and none of the above but its number, message and time says anything: what is known of it stands
    /// with the message's other hits (store/engagement.hpp).
    std::optional<model::Engaged> hit{};
};
/// What stands in place of a state: those of hits are behind all states.
std::int64_t stored_state(const StateChange& change);
/// False: there is no such state.
bool read_stored_state(std::int64_t number, StateChange& out);
std::int64_t checksum(const StateChange& change);
/// What applications call it.
std::string_view kind_of(const StateChange& change);

/// The number is the store's and not part of it.
std::int64_t checksum(const model::FeedEntry& entry);
/// Of a row's checksum: model::FeedEntry::mark.
std::uint32_t mark_of(std::int64_t sum);

/// Routes don't share their keys. Empty: it is known by other means that it was noted.
std::string dedupe_of(std::string_view route, std::string_view dedupe_key);

/// A state that was stored as a number; nothing: there is none.
std::optional<model::State> state_of(std::int64_t number);

}  // namespace chapar::store
