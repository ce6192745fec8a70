#pragma once
// Messages that were in hand when the daemon died. Each goes alone the next time, so that the one that kills the daemon
// is known and its neighbours are not blamed. The first time alone is cheap: nothing else of its route starts before it
// has come back, or for a moment. What the daemon died with twice has the whole daemon for itself until it is back.
// Messages with fewer deaths go first, and between two turns the route works for the others as long as a turn took.
//
// Threads: the dispatch strand only.

#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "dispatch/routing/route.hpp"

namespace chapar::dispatch {

class CrashSuspects {
  public:
    /// How often the daemon has died with it in hand; 0: nothing is known against it.
    int deaths(MessageKey key) const;
    void suspect(MessageKey key, int deaths) { deaths_[key] = deaths; }
    /// It came back, or somebody else decides on it.
    void clear(MessageKey key) { deaths_.erase(key); }

    /// A suspect that `route` would send now waits here for its turn.
    void add(queue::ItemPtr item, std::shared_ptr<Route> route);
    /// Every one that waits here leaves, and the turn is over.
    std::vector<queue::ItemPtr> take_all();
    /// Takes out the suspects whose route can't send now.
    std::vector<queue::ItemPtr> take_unhealthy(Monotonic now);
    /// Takes out the suspects that have expired.
    std::vector<queue::ItemPtr> take_expired(Timestamp now);

    /// Only a suspect may start on this route now.
    bool closes(const Route& route) const { return turn_ && (turn_->is_strict || turn_->route.get() == &route); }
    /// The route whose turn it is; nullptr: nobody may go alone now.
    std::shared_ptr<Route> turn(Monotonic now);
    bool is_strict() const { return turn_ && turn_->is_strict; }
    /// Waited long enough for what is in flight on the route: it may not answer for long.
    bool is_overdue(Monotonic now) const;
    /// How many that went alone are still out on the route, without holding it up any more.
    std::int64_t still_out(const Route& route) const;
    /// The next one, to be leased at once. Only after `turn`.
    queue::ItemPtr start_next(Monotonic now);
    /// It is back, or never left.
    void came_back(MessageKey key);
    /// When to look again; nothing: there is nobody.
    std::optional<Monotonic> look_at(Monotonic now) const;

  private:
    struct Waiting {
        queue::ItemPtr item;
        std::shared_ptr<Route> route;
    };
    struct Turn {
        std::shared_ptr<Route> route;
        bool is_strict = false;
        Monotonic began{};
        std::optional<Monotonic> first_left{};
    };
    struct Out {
        MessageKey key;
        Monotonic left{};
    };
    const Waiting* next(Monotonic now) const;
    void end_turn(Monotonic now);
    template <class Pred>
    std::vector<queue::ItemPtr> take_if(Pred pred);

    std::unordered_map<MessageKey, int> deaths_;
    std::vector<Waiting> waiting_;
    std::optional<Turn> turn_;
    std::optional<Out> out_;                                       // holds the route up
    std::unordered_map<MessageKey, std::shared_ptr<Route>> slow_;  // went alone, and takes long
    Monotonic others_until_{};
};

}  // namespace chapar::dispatch
