#pragma once
// What is known of one message's hits. A value; pure.

#include <array>
#include <cstdint>
#include <vector>

#include "base/ids.hpp"
#include "model/hit.hpp"

namespace chapar::store {

/// Of one message. Whoever follows a link without end fills no disk: the rest is counted.
inline constexpr std::size_t most_hits = 64;

struct Engagement {
    MessageKey message{};
    std::vector<model::Hit> hits{};           // oldest first
    std::array<std::int64_t, 2> uncounted{};  // by model::Engaged: hits beyond the most that are kept
    bool operator==(const Engagement&) const = default;
};

/// Hits of one kind: all of them, and those that are kept by who made them.
struct EngagedCounts {
    std::int64_t raw = 0;
    std::array<std::int64_t, 3> by{};  // by model::HitBy
    bool operator==(const EngagedCounts&) const = default;
};
EngagedCounts counts_of(const Engagement& engagement, model::Engaged kind);

/// One more hit. False: it is only counted, as there are as many as are kept already. A hit that is no machine's takes
/// the place of the latest machine's, which is only counted from then on.
bool add_hit(Engagement& engagement, model::Hit hit);

}  // namespace chapar::store
