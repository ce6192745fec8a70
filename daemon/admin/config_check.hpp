#pragma once
// What a new configuration would mean for the messages that wait: each is asked under the rules of now and under the
// new ones, by itself, against what is counted now. Changes nothing; any thread.

#include <array>
#include <cstdint>
#include <functional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "policy/decide.hpp"
#include "render/catalogue.hpp"
#include "store/messages.hpp"
#include "store/policy_reads.hpp"

namespace chapar::admin {

/// One configuration with its rules.
struct RuleSide {
    const config::Settings& settings;
    const policy::Rules& rules;
};

struct Comparison {
    std::int64_t looked_at = 0;
    bool complete = true;        // false: the limit was reached before the end
    std::int64_t unchanged = 0;  // the same, at the same time
    std::int64_t moved = 0;      // waits under both, until another time
    std::int64_t released = 0;   // goes now, and would not have
    std::int64_t held = 0;       // waits now, and would have gone
    std::int64_t dropped = 0;    // ends now, and would not have
    std::int64_t kept = 0;       // would have ended, and waits now
};

struct ScanLimits {
    std::int64_t messages = 100'000;
    Milliseconds time{10'000};
};

Result<Comparison> compare(store::Messages& messages, store::PolicyReads& policy_reads, render::Catalogue& catalogue,
                           const Clock& clock, const RuleSide& running, const RuleSide& next, ScanLimits limits = {});

}  // namespace chapar::admin
