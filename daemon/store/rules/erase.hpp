#pragma once
// Forgetting a person: one row says that it is under way, so that a restart goes on with it. Messages are found by the
// backend's search, a page at a time. Meanwhile none of the person's messages is leased; one that is being sent is left
// to finish and forgotten then.

#include <vector>

#include "store/queue.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// What was found and done.
struct Erased {
    std::int64_t profiles = 0, consents = 0, events = 0, messages = 0, cancelled = 0, in_flight = 0, copies = 0,
                 addresses = 0, suppressions = 0, conversions = 0;
    Erased& operator+=(const Erased& other);
};
/// As People::erase_person answers it.
std::vector<std::pair<std::string, std::int64_t>> counts_of(const Erased& erased);

Erased begin_erasure(Unit& unit, const Forgotten& named);
Erased erase_messages(Unit& unit, const std::vector<MessageKey>& keys);
/// Other people's messages lose the copies that go to one of `names`: who they are for keeps them.
Erased erase_copies(Unit& unit, const ForgottenNames& names, const std::vector<MessageKey>& keys);
void end_erasure(Unit& unit, const Forgotten& person);

/// Nothing of somebody who is being forgotten goes out any more.
void erase_before_lease(Unit& unit, const std::vector<Lease>& batch);
/// The message moved: it may be one that was waited for.
void erase_after_move(Unit& unit, MessageKey key);

}  // namespace chapar::store::rules
