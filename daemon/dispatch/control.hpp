#pragma once
// The sending side as the other folders see it. Implemented by dispatch; ingress and admin hold it by
// reference. All functions are callable from any thread; answers come on the dispatch strand, exactly once, and must
// not block.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/trace.hpp"
#include "store/acceptance.hpp"

namespace chapar::dispatch {

enum class Code { unknown_route, not_paused };
constexpr std::string_view error_domain(Code) { return "dispatch"; }

/// One lane: (route, class, destination). `why` is empty while it flows.
struct LaneView {
    std::string route, class_name, destination;
    std::int64_t in_flight = 0;
    std::int64_t limit = 0;   // concurrency that feedback allows now
    std::string why;          // "throttled until 2026-11-22T10:00:00Z", ...
    std::int64_t parked = 0;  // picked already, waiting for a place in it
};

/// Why some messages of a pool wait.
struct WaitReason {
    std::string reason;  // of the trace's reasons, or "rate", "places", "destination", "next", "store"
    std::string words;   // a sentence for a person
    std::int64_t messages = 0;
    std::optional<Timestamp> until;  // the earliest of them goes on then; empty: it depends on something else
};

/// One waiting line: (class, application, campaign).
struct PoolView {
    std::string class_name, application, campaign;
    std::int64_t waiting = 0;  // in the store
    std::int64_t in_memory = 0;
    std::optional<Timestamp> next_due;
    std::vector<WaitReason> reasons;  // of the pools with the most waiting; the most frequent first
    std::int64_t looked_at = 0;       // of the waiting ones, those that are due first; the reasons are theirs
};

/// A route that may send what is due, and begins nothing.
struct Stall {
    std::string route;
    Timestamp since{};
    std::string why;  // a sentence for a person
};

struct RouteView {
    std::string name, channel, plugin;
    std::string state;                       // "sending", "resting", "probing", "paused", "receipts_slow"
    std::string why;                         // a sentence for a person, empty while it sends
    std::optional<Timestamp> next_try = {};  // while it rests: when one message tries it again
    std::int64_t in_flight = 0, max_in_flight = 0;
    double rate = 0;                                                 // configured, messages a second; 0: no limit
    std::uint64_t sent = 0, retried = 0, rejected = 0, unknown = 0;  // attempts since start
};

struct QueueView {
    std::vector<PoolView> pools;
    std::vector<LaneView> lanes;
    std::int64_t in_flight = 0;
    std::int64_t held = 0;  // a person decides on them
    std::vector<Stall> stalls = {};
    std::vector<RouteView> resting = {};  // routes that do not send now, and why
};

class Control {
  public:
    virtual ~Control() = default;
    /// Messages that the store has just accepted (moved in; only those with Kind::accepted are looked at).
    virtual void accepted(store::AcceptedBatch batch) = 0;
    /// A message was cancelled, retried or rescheduled in the store: look again.
    virtual void moved(MessageKey key) = 0;
    /// `done` runs when no lease that the store was asked for before this call is still to be handed over: an opt-out
    /// whose commit is done, and that is acknowledged then, stops all that has not left.
    virtual void fence(std::function<void()> done) = 0;
    virtual void queue(std::function<void(QueueView)> done) = 0;
    virtual void routes(std::function<void(std::vector<RouteView>)> done) = 0;
    /// Outlives a restart.
    virtual void pause(std::string route, std::string reason, std::function<void(Result<RouteView>)> done) = 0;
    virtual void resume(std::string route, std::function<void(Result<RouteView>)> done) = 0;
    /// Says in words why no message of this channel and class can go now; nullopt: a route is open. About a
    /// second old at most. Any thread.
    virtual std::optional<model::TraceEntry> standstill(std::string_view channel,
                                                        std::string_view class_name) const = 0;
    /// Messages of `application` that wait (for queue_depth). Kept in memory, exact to the last commit.
    virtual std::int64_t waiting(std::string_view application) const = 0;
};

}  // namespace chapar::dispatch
