#pragma once
// Values that several roles of the store share. See store.hpp for the roles and for what holds for all of them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "model/message.hpp"

namespace chapar::store {

enum class Code {
    unavailable,  // I/O error, disk full, read-only: nothing of this write is on disk; 503 to the caller
    closed,       // the store is shutting down
    ended,        // this node's life is over: a later one has begun, or others have given it up
    not_found,
    wrong_state,   // the message is not in a state in which this is allowed
    corrupt,       // the row's checksum does not match
    incompatible,  // the schema is newer than this program, or not ours
};
constexpr std::string_view error_domain(Code) { return "store"; }

template <class T>
using Done = std::function<void(Result<T>)>;

/// A read of many messages ends with the one whose body makes them this large together, however many were asked for:
/// what is read stands in memory at once.
constexpr std::size_t page_bytes = 16U << 20;

struct Pool {
    PoolId id;
    std::string class_name;
    std::string application;
    std::string campaign;
};

struct Queued {
    model::Message message;
    model::Progress progress;
};

/// What becomes of the slots that an attempt reserved.
enum class Slots : std::uint8_t {
    keep,         // as they are: another try of the same channel follows
    give_back,    // nothing left the house, or the channel is over before anything left
    handed_off,   // the provider took it, or may have
    delivered,    // it arrived
    rejected,     // the provider refused it
    undelivered,  // it was taken and came back
};

/// What the log says of a message beside how it moved.
struct MovedMessage {
    std::string application{}, class_name{};
    std::string channel{}, address{}, template_name{};  // of the step that was tried last
    std::string route{}, provider_id{};                 // of its last attempt
    int attempts = 0;
    Timestamp accepted_at{};
};

/// A message's move that no Settlement said: cancelled, expired, suppressed, superseded, moved by a receipt, held.
struct Moved {
    MessageId id;
    model::State before = model::State::waiting, now = model::State::waiting;
    std::optional<model::TraceEntry> why;  // the newest decision in its trace
    Timestamp at{};
    std::optional<MovedMessage> message = std::nullopt;  // where the writer had it in hand: nobody reads it again
};

}  // namespace chapar::store
