#pragma once
// The store: the only place that remembers. It is asked by role: a caller takes the smallest interface that has what it
// needs, and a store is all of them. None knows SQL; one contract suite runs against every backend.
//
// Writes are asynchronous: they queue, and are group-committed with what else waits when a commit begins. Writes about
// one message or one person apply in the order in which they were submitted; others in any order, and their answers
// come in any order. `done` runs exactly once, on a thread of the store, after the commit is on disk (or has failed);
// it must not block and must not call back into a blocking Store function: post to your own executor.
// Reads are synchronous, callable from any thread, see every write whose `done` has run, and never wait for the writer.

#include <cstdint>

#include "store/acceptance.hpp"
#include "store/attribution.hpp"
#include "store/hits.hpp"
#include "store/links.hpp"
#include "store/messages.hpp"
#include "store/nodes.hpp"
#include "store/people.hpp"
#include "store/policy_reads.hpp"
#include "store/queue.hpp"
#include "store/reports.hpp"
#include "store/retention.hpp"
#include "store/settings.hpp"
#include "store/statistics.hpp"
#include "store/webhooks.hpp"

namespace chapar::store {

class Store : public Nodes,
              public Acceptance,
              public Queue,
              public Messages,
              public Reports,
              public Hits,
              public Links,
              public People,
              public PolicyReads,
              public StoredSettings,
              public WebhookProgress,
              public Statistics,
              public Conversions,
              public Retention {
  public:
    /// Reads messages again that are held because their row was damaged while they waited, at most `limit` of them, and
    /// lets those go that prove whole: a disk may fail for a moment. Blocks on reads. Answers how many.
    virtual void read_damaged_again(int limit, Done<std::int64_t> done) = 0;
    /// Bytes of memory in caches that grow with what is stored, up to a limit of their own.
    virtual std::int64_t cache_bytes() const { return 0; }
    /// Commits what waits, checkpoints, closes. After it every write ends with Code::closed.
    virtual void close() = 0;
};

}  // namespace chapar::store
