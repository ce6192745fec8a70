#pragma once
// Which batches are between their lease and their hand-over, so that an opt-out can wait for those that may have asked
// the policy before it. A ticket is open from before the store is asked until the last message of its batch was handed
// over or came back. Answers of the store need no order for it: it is open whichever of them comes first.
//
// Threads: the dispatch strand only.

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace chapar::dispatch {

class LeaseTickets {
  public:
    using Ticket = std::uint64_t;

    Ticket open() {
        open_.emplace(++last_, 1);
        return last_;
    }
    /// One more part of an open batch: it takes one more `close`.
    void share(Ticket ticket) { ++open_.at(ticket); }
    /// A part was handed over, or nothing of it is. With the last one, what waited for this batch and for no earlier
    /// one runs.
    void close(Ticket ticket);
    /// `done` runs when all that is open now is closed: perhaps at once.
    void wait(std::function<void()> done);

  private:
    Ticket last_ = 0;
    std::map<Ticket, std::size_t> open_;                             // how many parts
    std::vector<std::pair<Ticket, std::function<void()>>> waiting_;  // each for all up to its ticket
};

}  // namespace chapar::dispatch
