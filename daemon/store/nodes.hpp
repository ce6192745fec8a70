#pragma once
// The daemons that work on one store. Opening a store joins it: a life of the node begins, and every attempt that is
// leased through it is that life's. Closing leaves. A life is over when it has left, when a later one of the same node
// has begun, or when it was silent for too long and another node has said so: then its attempts are orphans, whoever
// asks may take them over, and nothing of it is written any more. SQLite has one node, whose lives follow each other.

#include <cstdint>

#include "model/lease_owner.hpp"
#include "store/values.hpp"

namespace chapar::store {

struct Joined {
    model::LeaseOwner owner;
    MessageKey ids_after;  // new ids begin in a later millisecond
};

class Nodes {
  public:
    virtual ~Nodes() = default;

    /// The life that began when this store was opened.
    virtual Joined joined() const = 0;
    /// Says that it goes on, and ends the lives of nodes that were silent for too long. How many lives of others are
    /// over since the last call: they may have left orphans. To be called every two seconds or so. Code::ended: it is
    /// over itself.
    virtual void beat(Done<std::int64_t> done) = 0;
};

}  // namespace chapar::store
