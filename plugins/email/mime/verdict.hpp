/// What a server's answer means: the verdict decides the message, the blame decides the lane (RFC 5321, 3463, 2034).
/// The rules stand in config/providers/email/replies.toml; docs/email.md explains them. Pure functions, any thread.
#pragma once

#include "chapar/values.hpp"
#include "replies.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace chapar::email {

struct Answer {
    Phase phase = Phase::resolve;
    int code = 0;            ///< the last reply code; 0: none
    std::string_view reply;  ///< text of the last reply, all lines, with or without its codes
    bool timed_out = false;
    std::string_view error;  ///< empty: the exchange completed
};

/// The rule that a refusal (code 400 to 599) falls under: the first that fits, the route's `own` before the shipped
/// ones.
const Rule& rule_of(const Answer& answer, const Rules& own = {});

Outcome classify(const Answer& answer, const Rules& own = {});

/// The first enhanced status that begins a line of a reply ("5.1.1"), or empty.
std::string_view enhanced_status(std::string_view reply);

/// A waiting time that the text names ("try again in 5 minutes"); zero when it names none.
std::chrono::milliseconds named_wait(std::string_view reply);

/// A server's reply without this address, in whatever case it repeats it: "(address)" instead.
std::string without_address(std::string_view reply, std::string_view address);

/// The queue's name for an accepted message ("queued as 4XyZ"), or empty.
std::string_view queue_id(std::string_view reply);

}  // namespace chapar::email
