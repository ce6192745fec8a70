#include "dispatch/lease/lease_tickets.hpp"

#include <algorithm>
#include <iterator>

namespace chapar::dispatch {

void LeaseTickets::close(Ticket ticket) {
    const auto found = open_.find(ticket);
    if (found == open_.end() || --found->second != 0) return;
    open_.erase(found);
    if (waiting_.empty()) return;
    const Ticket oldest = open_.empty() ? last_ + 1 : open_.begin()->first;
    const auto waits = [&](const auto& each) { return each.first >= oldest; };
    const auto ready = std::stable_partition(waiting_.begin(), waiting_.end(), waits);
    std::vector<std::pair<Ticket, std::function<void()>>> done(std::make_move_iterator(ready),
                                                               std::make_move_iterator(waiting_.end()));
    waiting_.erase(ready, waiting_.end());
    for (auto& [unused, call] : done)
        call();
}

void LeaseTickets::wait(std::function<void()> done) {
    if (open_.empty()) return done();
    waiting_.emplace_back(last_, std::move(done));
}

}  // namespace chapar::dispatch
