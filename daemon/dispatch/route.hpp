#pragma once
// One route at run time: its plugin instance, how fast it may go, whether it may go at all.
// Threads: the dispatch strand only.

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "config/lines.hpp"
#include "config/settings.hpp"
#include "config/sms_text.hpp"
#include "dispatch/control.hpp"
#include "plugin/instance.hpp"
#include "queue/feedback.hpp"
#include "queue/receipt_watch.hpp"
#include "queue/scheduler.hpp"

namespace chapar::dispatch {

/// The part of a route that one (class, destination) uses.
struct Lane {
    std::string class_name, destination;
    std::int64_t in_flight = 0;
    queue::Concurrency concurrency;
    std::deque<queue::ItemPtr> parked{};  // taken up by the schedule, waiting for a place here
    Monotonic busy_since{};               // since when something has been in flight without a break
    std::int64_t ended = 0;               // attempts that came back since then
};

class Route {
  public:
    /// What a lane may park without having shown that it moves.
    static constexpr std::size_t parked_limit = 256;
    /// How long a message stays in the store that found its lane full: beyond what the schedule reads ahead.
    static constexpr Milliseconds given_back_for = queue::Scheduler::horizon * 2;

    Route(int index, config::RouteSettings settings, std::shared_ptr<plugin::Instance> instance);

    int index() const { return index_; }
    const config::RouteSettings& settings() const { return settings_; }
    plugin::Instance& instance() const { return *instance_; }
    std::shared_ptr<plugin::Instance> shared_instance() const { return instance_; }

    /// Takes new settings and perhaps a new instance; what was learnt stays.
    void apply(int index, config::RouteSettings settings, std::shared_ptr<plugin::Instance> instance);

    /// Its plugin brings receipts: what it takes is found by the provider's ids later.
    bool reports_later() const;
    const std::vector<config::Line>& lines() const { return lines_; }
    const sms::TextOptions& text() const { return text_; }
    bool serves(const std::string& class_name) const;
    /// Neither paused nor resting: work may be sent here. Says nothing of capacity.
    bool is_healthy(Monotonic now) const { return !pause_reason_ && circuit_.may_start(now); }
    /// Free places for a class of this priority (only critical ones may use the reserve).
    std::int64_t room(config::Priority priority) const;

    Lane& lane(const queue::Item& item);
    /// The lane whose parked items may go now; of several the strictest class, then the one that waited longest.
    Lane* ready_lane(Monotonic now,
                     const std::function<std::optional<config::Priority>(const std::string&)>& may) const;
    queue::ItemPtr unpark(Lane& lane);
    /// Every parked item leaves (the route was paused, removed or its provider fails).
    std::vector<queue::ItemPtr> unpark_all();

    void pause(std::string reason, bool by_credentials);
    void resume();
    const std::optional<std::string>& pause_reason() const { return pause_reason_; }
    bool paused_by_credentials() const { return paused_by_credentials_; }

    RouteView view(Monotonic now) const;
    std::vector<LaneView> lanes(Monotonic now, Timestamp wall) const;
    /// Lanes that learnt nothing and hold nothing are dropped.
    void forget_idle_lanes(Monotonic now);

    queue::ReceiptWatch& receipts() { return receipts_; }
    /// Too many of its messages have no receipt in time. `changed`: it was not so at the last look.
    struct Slowness {
        bool is_slow = false, changed = false;
        queue::ReceiptWatch::Count count;
    };
    Slowness look_at_receipts(Monotonic now);
    bool is_slow() const { return is_slow_; }
    queue::Circuit& circuit() { return circuit_; }
    queue::TokenBucket& bucket() { return bucket_; }
    /// Of what is in flight.
    const std::shared_ptr<queue::Budget>& memory() const { return memory_; }
    void park(Lane& lane, queue::ItemPtr item);
    void started(Lane& lane, Monotonic now);
    /// A lane that moves parks what it can send until a message given back to the store would return, so a burst to one
    /// destination runs from memory; one that rests or crawls keeps only a few, so that other destinations get a turn.
    static bool may_park(const Lane& lane, Monotonic now);
    /// It was counted as started, but nothing was handed over.
    void never_started(Lane& lane);
    void ended(Lane& lane, const model::Outcome& outcome);
    std::int64_t in_flight() const { return in_flight_; }
    std::int64_t max_in_flight() const;

  private:
    double lane_ceiling() const;
    int index_;
    config::RouteSettings settings_;
    std::vector<config::Line> lines_;
    sms::TextOptions text_;
    std::shared_ptr<plugin::Instance> instance_;
    queue::Circuit circuit_;
    queue::TokenBucket bucket_;
    std::shared_ptr<queue::Budget> memory_ = std::make_shared<queue::Budget>(0);
    std::unordered_map<std::string, Lane> lanes_;
    std::vector<Lane*> parked_lanes_;  // those that hold parked items, the next in turn first
    std::int64_t in_flight_ = 0;
    queue::ReceiptWatch receipts_;
    queue::ReceiptWatch::Count receipt_count_;
    bool is_slow_ = false;
    std::optional<std::string> pause_reason_;
    bool paused_by_credentials_ = false;
    std::uint64_t sent_ = 0, retried_ = 0, rejected_ = 0, unknown_ = 0;
};

}  // namespace chapar::dispatch
