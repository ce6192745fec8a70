#pragma once
// The attempts between their lease and the commit of their outcome, and the instances that must live until then.
//
// Threads: the dispatch strand only.

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "dispatch/routing/route.hpp"
#include "model/cost.hpp"
#include "plugin/instance.hpp"

namespace chapar::dispatch {

struct InFlight {
    queue::ItemPtr item;
    std::shared_ptr<Route> route;
    std::shared_ptr<plugin::Instance> instance;  // the one that has it: the route may have got another since
    Lane* lane = nullptr;                        // stays valid while its in_flight counts this attempt
    std::optional<model::Cost> estimate;
    bool has_outcome = false;  // it is known, and not yet on disk
};

/// Is given instances that no route uses any more, when nothing of theirs is in flight.
using Retired = std::function<void(std::vector<std::shared_ptr<plugin::Instance>>)>;

class InFlightTable {
  public:
    void add(InFlight attempt);
    /// The attempt of this number that still waits for its outcome; nullptr: there is none (a stale or repeated
    /// answer).
    InFlight* find_open(MessageKey key, int number);
    /// Its outcome is known: its instance has nothing more to do with it.
    void note_outcome(InFlight& attempt);
    /// The outcome is on disk, or refused for good.
    std::optional<InFlight> remove(MessageKey key);

    /// Each instance goes to `retired` as soon as nothing of it is in flight: perhaps at once.
    void retire(std::vector<std::shared_ptr<plugin::Instance>> instances, const Retired& retired);

    bool empty() const { return attempts_.empty(); }
    std::size_t size() const { return attempts_.size(); }
    /// How many attempts of the route have no outcome. The route counts for itself; this count checks it.
    std::int64_t count_open(const Route& route) const;
    /// How many have an outcome that is being written.
    std::int64_t count_unwritten() const;

  private:
    struct Leaving {
        std::shared_ptr<plugin::Instance> instance;
        std::size_t open = 0;
        Retired retired;
    };
    std::map<MessageKey, InFlight> attempts_;
    std::vector<Leaving> leaving_;  // instances that no route uses any more, but that still have messages
};

}  // namespace chapar::dispatch
