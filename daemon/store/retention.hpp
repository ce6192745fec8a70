#pragma once
// Deleting what is kept long enough, a part at a time.

#include <cstdint>

#include "store/values.hpp"

namespace chapar::store {

class Retention {
  public:
    virtual ~Retention() = default;

    /// Deletes finished messages older than `before`, at most `limit`; answers how many.
    virtual void prune(Timestamp before, int limit, Done<std::int64_t> done) = 0;
    /// Drops uses older than `before`, which no rule may ask for afterwards, and kinds that nothing names; changes at
    /// most `limit` rows and goes on where it stopped; answers how many uses went.
    virtual void prune_uses(Timestamp before, int limit, Done<std::int64_t> done) = 0;
    /// Drops entries of the feed, and reports that nothing was found for, noted before `before`; at most `limit` of
    /// each.
    virtual void prune_feed(Timestamp before, int limit, Done<std::int64_t> done) = 0;
};

}  // namespace chapar::store
