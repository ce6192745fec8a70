#include "dispatch/handover/handover_tickets.hpp"

#include <algorithm>
#include <iterator>

namespace chapar::dispatch {

void HandoverTickets::close(std::uint64_t ticket) {
    open_.erase(ticket);
    if (waiting_.empty()) return;
    const std::uint64_t oldest = open_.empty() ? last_ + 1 : *open_.begin();
    const auto waits = [&](const auto& each) { return each.first >= oldest; };
    const auto ready = std::stable_partition(waiting_.begin(), waiting_.end(), waits);
    std::vector<std::pair<std::uint64_t, std::function<void()>>> done(std::make_move_iterator(ready),
                                                                      std::make_move_iterator(waiting_.end()));
    waiting_.erase(ready, waiting_.end());
    for (auto& [unused, call] : done)
        call();
}

void HandoverTickets::wait(std::function<void()> done) {
    if (open_.empty()) return done();
    waiting_.emplace_back(last_, std::move(done));
}

}  // namespace chapar::dispatch
