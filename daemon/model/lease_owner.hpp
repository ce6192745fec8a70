#pragma once
// Who has an attempt in hand: one life of a node, from the opening of its store to its end.

#include <compare>
#include <cstdint>

#include "base/ids.hpp"

namespace chapar::model {

struct LeaseOwner {
    NodeId node;
    std::int64_t epoch = 0;  // counts the node's lives from 1; 0: nobody, or a life before lives were counted
    auto operator<=>(const LeaseOwner&) const = default;
};

/// As one number, for a row; 0: nobody.
constexpr std::int64_t number_of(const LeaseOwner& owner) { return owner.epoch * most_nodes + owner.node.value; }
constexpr LeaseOwner owner_of(std::int64_t number) { return {NodeId{number & (most_nodes - 1)}, number / most_nodes}; }

}  // namespace chapar::model
