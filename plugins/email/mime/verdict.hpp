/// What a server's answer means: the verdict decides the message, the blame decides the lane (RFC 5321, 3463, 2034).
/// One table of rules, read from the top; docs/email.md shows the same table. Pure functions, any thread.
#pragma once

#include "chapar/values.hpp"

#include <span>
#include <string_view>

namespace chapar::email {

struct Answer {
    Phase phase = Phase::resolve;
    int code = 0;            ///< the last reply code; 0: none
    std::string_view reply;  ///< text of the last reply, all lines, with or without its codes
    bool timed_out = false;
    std::string_view error;  ///< empty: the exchange completed
};

struct Rule {
    std::string_view name;
    int low, high;            ///< reply codes
    std::string_view status;  ///< enhanced status to begin with ("5.1."), several separated by spaces; empty: any
    Phase first, last;        ///< where it was said
    std::string_view words;   ///< one of these, separated by |, stands in the text (lower case); empty: any text
    Verdict verdict;
    Blame blame;
};

std::span<const Rule> rules();

/// The rule that a refusal (code 400 to 599) falls under; the table's last rules match everything.
const Rule& rule_of(const Answer& answer);

Outcome classify(const Answer& answer);

/// "5.1.1" of a reply, or empty.
std::string_view enhanced_status(std::string_view reply);

/// A waiting time that the text names ("try again in 5 minutes"); zero when it names none.
std::chrono::milliseconds named_wait(std::string_view reply);

/// The queue's name for an accepted message ("queued as 4XyZ"), or empty.
std::string_view queue_id(std::string_view reply);

}  // namespace chapar::email
