#pragma once
// What came of an attempt, on two axes: the verdict decides the message, the blame decides the lane.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace chapar::model {

/// The numbers are those of plugins/sdk/include/chapar/plugin.h and of the store.
enum class Verdict : std::uint8_t {
    accepted = 1,   // the provider took responsibility
    delivered = 2,  // it arrived
    retry = 3,      // certainly not sent; may be tried again
    rejected = 4,   // permanent
    unknown = 5,    // may have been sent
};

enum class Blame : std::uint8_t {
    none = 0,
    message = 1,      // this content or request
    recipient = 2,    // this address
    lane = 3,         // throttling: slow down towards this destination
    credentials = 4,  // pause the route and say so
    provider = 5,     // circuit breaker, fail-over
    gone = 6,         // nobody has this address any more
};

struct Outcome {
    Verdict verdict = Verdict::unknown;
    Blame blame = Blame::none;
    std::optional<Milliseconds> retry_after;  // what the provider asked for; clamped by the class
    std::string provider_id;                  // the provider's name for it, or empty
    std::string code;                         // machine form: "250 2.0.0", "421 4.7.0"
    std::string detail;                       // a sentence for a person
    std::string cost = {};                    // what the provider took, "0.0079 USD"; empty: it did not say
};

/// The code of a rejected outcome, and of a report of a failure, that says: the operator lets no advertising through to
/// this person. CHAPAR_BLOCKED_BY_OPERATOR of plugin.h.
inline constexpr std::string_view blocked_code = "blocked_by_operator";

/// What the provider answered, code and sentence, without saying twice what both begin with ("550 5.1.1 no such user").
std::string words(const Outcome& outcome);
/// `detail` without the end of `code` that it repeats.
std::string_view without_code(std::string_view code, std::string_view detail);

std::string_view name(Verdict verdict);
std::string_view name(Blame blame);
std::optional<Verdict> verdict_from(int number);
std::optional<Blame> blame_from(int number);

}  // namespace chapar::model
