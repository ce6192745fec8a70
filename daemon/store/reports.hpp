#pragma once
// What became of messages after they left: reports of providers and persons, and the feed of all that became known.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/report.hpp"
#include "store/values.hpp"

namespace chapar::store {

/// What became of a report; `message` when it belongs to one.
struct Reported {
    model::Effect effect = model::Effect::unknown;
    std::optional<MessageId> message;
    bool is_new_stop = false;  // its suppression was not in force before
};

/// Which entries of the feed are meant; empty: all.
struct FeedFilter {
    std::string application;
    std::vector<std::string> kinds;  // one of them
    std::string class_name, campaign, tag;
    std::optional<MessageId> message;
};

/// Where somebody who reads the feed stands: behind the entry of this number. Its mark proves that it is of this store.
struct FeedCursor {
    std::int64_t number = 0;
    std::optional<std::uint32_t> mark = std::nullopt;
};

/// Oldest first. A page looks at a bounded number of entries: it may be short or empty and still not be the last.
struct FeedPage {
    std::vector<model::FeedEntry> entries;
    FeedCursor next;          // go on after it
    std::int64_t oldest = 0;  // the first one that is still there, or will be
    bool has_more = false;    // at once
    /// Some between the cursor and the page are gone, or the cursor is of another store: the page begins at the oldest.
    bool missed = false;
};

class Reports {
  public:
    virtual ~Reports() = default;

    /// A later word about an attempt, or from a person. Matched by the attempt, else by the provider's id on its route;
    /// what can't be matched yet is kept and matched when an outcome names its id. The first final word stands.
    virtual void report(model::Report report, Done<Reported> done) = 0;
    /// What became known, in the order in which it was noted: reports, and each change of a message to a state in which
    /// it rests (or back from there). Ends after page_bytes.
    virtual Result<FeedPage> feed(const FeedFilter& filter, FeedCursor after, int limit) = 0;
    /// Runs `call` after each commit that makes the feed longer, on the writer's thread: it must not block. One at a
    /// time; nothing: nobody is told any more, and none is running.
    virtual void when_fed(std::function<void()> call) = 0;
    /// What became known of one message, and what came from an address without belonging to any; oldest first.
    virtual Result<std::vector<model::FeedEntry>> feed_of(MessageKey message) = 0;
    virtual Result<std::vector<model::FeedEntry>> feed_from(std::string_view address) = 0;
};

}  // namespace chapar::store
