#pragma once
// Which batches are on their way to a plugin, so that an opt-out can wait for those that were before it.
//
// Threads: the dispatch strand only.

#include <cstdint>
#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace chapar::dispatch {

class HandoverTickets {
  public:
    std::uint64_t open() {
        open_.insert(++last_);
        return last_;
    }
    /// The batch was handed over: runs what waited for it and for no earlier one.
    void close(std::uint64_t ticket);
    /// `done` runs when all that is open now is closed: perhaps at once.
    void wait(std::function<void()> done);

  private:
    std::uint64_t last_ = 0;
    std::set<std::uint64_t> open_;
    std::vector<std::pair<std::uint64_t, std::function<void()>>> waiting_;  // each for all up to its ticket
};

}  // namespace chapar::dispatch
