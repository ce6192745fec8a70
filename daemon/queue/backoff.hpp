#pragma once
// When to try again: exponential backoff with full jitter (uniform over the whole step), so that a thousand messages
// that failed together do not return together. Pure.

#include <cstdint>
#include <optional>
#include <random>

#include "base/clock.hpp"
#include "config/settings.hpp"

namespace chapar::queue {

using Random = std::mt19937_64;

/// A provider's retry_after is honoured between these bounds; absurd and negative ones are clamped.
inline constexpr Milliseconds retry_after_min{1'000};
inline constexpr Milliseconds retry_after_max{std::chrono::hours(6)};

/// The wait before the next try. `attempt` counts from 1 (the one that just failed). A tenth of the step is the least,
/// so that jitter never means "at once".
Milliseconds retry_delay(const config::Backoff& backoff, int attempt, std::optional<Milliseconds> retry_after,
                         Random& random);

}  // namespace chapar::queue
