#pragma once
// Makes the line that the log gets when a message is sent, fails or moves, like a line of a mail log. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/message.hpp"
#include "store/messages.hpp"
#include "store/queue.hpp"

namespace chapar::track {

/// The message's fate in one word.
enum class Status : std::uint8_t {
    sent,        // the provider took it
    delivered,   // it arrived
    deferred,    // it will be tried again
    fallback,    // the next channel of its plan is tried
    failed,      // for good
    expired,     // its time was over
    suppressed,  // the policy ended it
    collected,   // a digest carries it
    cancelled,   // taken back, or a newer one took its place
    blocked,     // the operator lets no such message through to this person
    in_doubt,    // it may have been sent; the state says what follows
    held,        // a person decides
    retried,     // somebody asked for another try
};
inline constexpr int status_count = 13;
std::string_view name(Status status);

enum class Addresses : std::uint8_t { masked, full, none };

struct OutcomeLine {
    MessageId id{};
    std::string application{}, class_name{};
    std::string channel{}, address{}, route{}, template_name{};
    Status status = Status::sent;
    model::State state = model::State::sent;
    std::optional<model::Reason> reason{};
    std::string code{}, words{};  // the provider's, or the decision's detail
    std::string provider_id{};
    int attempts = 0;  // begun so far
    Timestamp accepted_at{}, at{};
};

/// The status that a move to `now` for this reason means.
Status status_of(model::State before, model::State now, std::optional<model::Reason> reason);
/// The line for the end of an attempt; `message` stands as it was leased.
OutcomeLine line_of(const model::Message& message, int step, std::string_view route, const store::Settlement& ended);
/// What a line about a move says of the message; `record` is read after it.
store::MovedMessage moved_message(const store::Record& record);
/// The line for a move outside of an attempt.
OutcomeLine line_of(store::MovedMessage message, const store::Moved& moved);

/// "a***@example.com", "+98912***4567".
std::string mask(std::string_view address);
/// `words` without the address in it: a provider's answer often quotes it.
std::string mask_in(std::string_view words, std::string_view address, Addresses addresses);

}  // namespace chapar::track
