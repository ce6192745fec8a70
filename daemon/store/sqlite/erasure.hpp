#pragma once
// Forgetting a person, the writer's part: one row says that it is under way, so that a restart goes on with it.
// Messages are found by the Eraser, a page at a time. Meanwhile none of the person's messages is leased; one that is
// being sent is left to finish and forgotten then. Writer's thread only.

#include <set>
#include <string>
#include <unordered_set>

#include "store/sqlite/feed.hpp"
#include "store/sqlite/life.hpp"
#include "store/sqlite/people.hpp"
#include "store/sqlite/segments.hpp"
#include "store/sqlite/shelf.hpp"
#include "store/sqlite/strays.hpp"

namespace chapar::store::sqlite {

/// One name of somebody who is forgotten: an id, an address, or one that is joined (person.hpp).
struct Forgotten {
    std::string application, name;
    auto operator<=>(const Forgotten&) const = default;
};
using ForgottenNames = std::set<Forgotten>;

/// The name of `names` that a message has; nullptr: none. `country`: of numbers that were kept as they were written.
const Forgotten* name_in(const ForgottenNames& names, std::string_view application, std::string_view recipient,
                         std::string_view plan, std::string_view country);

/// The name of `names` that somebody has who gets a copy; nullptr: none.
const Forgotten* copy_in(const ForgottenNames& names, std::string_view application, std::string_view plan);

/// What was found and done.
struct Erased {
    std::int64_t profiles = 0, consents = 0, events = 0, messages = 0, cancelled = 0, in_flight = 0, copies = 0,
                 addresses = 0, suppressions = 0;
    Erased& operator+=(const Erased& other);
};

/// Where what was reported of a person stands.
struct Traces {
    Segments& segments;
    Strays& strays;
    Feed& feed;
    SearchWriter& search;
};

class Erasure {
  public:
    Erasure(Connection& connection, Life& life, People& people, Shelf& shelf, Traces traces,
            const std::string& country);

    Erased begin(const Forgotten& named);
    Erased messages(const std::vector<MessageKey>& keys);
    /// Other people's messages lose the copies that go to one of `names`: who they are for keeps them.
    Erased copies(const ForgottenNames& names, const std::vector<MessageKey>& keys);
    void end(const Forgotten& person);

    /// Nothing of somebody who is being forgotten goes out any more.
    void before_lease(const std::vector<Lease>& batch);
    /// The message moved: it may be one that was waited for.
    void after_move(MessageKey key);
    void forget() { is_loaded_ = false; }

  private:
    void load();
    Erased message(MessageKey key);
    bool drop_copies(const ForgottenNames& names, MessageKey key, Erased& done);
    void blank(MessageKey key, Erased& done);
    void blank_attempts(MessageKey key);
    void drop_reports(const model::Message& message);
    void keep_suppressed(std::string_view channel, const std::string& address, Erased& done);
    void keep_suppressed(const std::string& address, Erased& done);

    Connection& connection_;
    Life& life_;
    People& people_;
    Shelf& shelf_;
    Traces traces_;
    const std::string& country_;
    Statement select_profile_, put_person_, drop_person_, put_waits_, drop_waits_;
    Statement owner_, select_message_, blank_message_, drop_message_, drop_key_, select_attempts_, blank_attempt_;
    Statement put_copies_, persons_, waits_select_;
    bool is_loaded_ = false;
    ForgottenNames under_way_;
    std::unordered_set<MessageKey> waits_;
};

}  // namespace chapar::store::sqlite
