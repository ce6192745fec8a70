#pragma once
// An open or a click as it is counted: what it was, who made it, and when. Nothing in it names a person. Pure values.

#include "model/hit.hpp"

namespace chapar::model {

struct CountedHit {
    Engaged kind = Engaged::opened;
    HitBy by = HitBy::unknown;
    Timestamp at{};
    int step = 0;  // of the message's plan, whose channel it came by
    bool operator==(const CountedHit&) const = default;
};

}  // namespace chapar::model
