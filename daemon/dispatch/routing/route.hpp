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
    Monotonic heard_at{};                 // when an attempt came back last
};

/// An answer has changed this for its route.
struct Lesson {
    bool opened = false, closed = false;  // its circuit
    bool refused = false, is_first = false,
         taken = false;          // our credentials: refused (for the first time), taken again
    std::uint64_t failures = 0;  // of the provider in a row, with this one; 0: it is none
};

class Route {
  public:
    /// A lane may park so many without having shown that it moves.
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
    /// It is neither paused nor resting, so work may be sent here. This says nothing of capacity.
    bool is_healthy(Monotonic now) const {
        return !pause_reason_ && circuit_.may_start(now) && credentials_.may_start(now);
    }
    /// When its rest ends and one message tries it; nullopt: it does not rest.
    std::optional<Monotonic> rests_until(Monotonic now) const;
    /// No rest of its circuit is longer: the classes that it carries set it.
    void set_longest_rest(Milliseconds longest, Monotonic now) { circuit_.set_longest_rest(longest, now); }
    /// Free places for a class of this priority (only critical ones may use the reserve).
    std::int64_t room(config::Priority priority) const;

    Lane& lane(const queue::Item& item);
    /// The lane whose parked items may go now; of several the strictest class, then the one that waited longest.
    Lane* ready_lane(Monotonic now,
                     const std::function<std::optional<config::Priority>(const std::string&)>& may) const;
    /// The lane of this class with the most parked items; nullptr: none has any.
    const Lane* fullest_lane(const std::string& class_name) const;
    queue::ItemPtr unpark(Lane& lane);
    /// Every parked item leaves (the route was paused, removed or its provider fails).
    std::vector<queue::ItemPtr> unpark_all();

    /// An operator pauses it; that lasts until `resume`.
    void pause(std::string reason) { pause_reason_ = std::move(reason); }
    /// Ends a pause and every rest; after a rest one message goes first.
    void resume(Monotonic now);
    /// Its rests end, as other settings may work: one message tries.
    void end_rests(Monotonic now);
    /// Why an operator or refused credentials keep it paused.
    std::optional<std::string> pause_reason() const { return pause_reason_ ? pause_reason_ : refusal_; }

    RouteView view(Monotonic now, Timestamp wall) const;
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
    queue::TokenBucket& bucket() { return bucket_; }
    /// The budget of what is in flight.
    const std::shared_ptr<queue::Budget>& memory() const { return memory_; }
    queue::StallDetector& stall_detector() { return stall_detector_; }
    bool pause_is_by_operator() const { return pause_reason_.has_value(); }
    /// One message is said to try the provider or the credentials now.
    bool is_probing() const {
        return circuit_.state() == queue::Circuit::State::probing ||
               credentials_.state() == queue::Credentials::State::probing;
    }
    /// Parked messages that their lane lets go. `is_idle`: nothing of the route is in flight, whatever its lanes count.
    bool has_parked_to_start(Monotonic now, bool is_idle) const;
    void park(Lane& lane, queue::ItemPtr item);
    void started(Lane& lane, MessageKey key, Monotonic now);
    /// A lane that moves parks what it can send until a message given back to the store would return, so a burst to one
    /// destination runs from memory; one that rests or crawls keeps only a few, so that other destinations get a turn.
    static bool may_park(const Lane& lane, Monotonic now);
    /// It was counted as started, but nothing was handed over. If it was the probe, the next message is.
    void never_started(Lane& lane, MessageKey key, Monotonic now);
    void ended(Lane& lane, const model::Outcome& outcome, Monotonic now);
    /// Learns from the answer about the lane, the provider and the credentials. Call it once for each that `ended`.
    Lesson learn(Lane& lane, MessageKey key, const model::Outcome& outcome, Monotonic now);
    /// The answer says nothing of the route as it is now.
    void no_lesson(MessageKey key, Monotonic now);
    /// It is in the configuration no longer: what is being leased for it goes back.
    void leave() { has_left_ = true; }
    bool has_left() const { return has_left_; }
    std::int64_t in_flight() const { return in_flight_; }
    std::int64_t max_in_flight() const;

  private:
    double lane_ceiling() const;
    Lesson learn_refusal(MessageKey key, const model::Outcome& outcome, Monotonic now);
    Lesson learn_failure(Monotonic now);
    void show_rest(RouteView& view, Monotonic now, Timestamp wall) const;
    int index_;
    config::RouteSettings settings_;
    std::vector<config::Line> lines_;
    sms::TextOptions text_;
    std::shared_ptr<plugin::Instance> instance_;
    queue::Circuit circuit_;
    queue::Credentials credentials_;
    std::optional<MessageKey> probe_;  // the message that tries the provider after a rest
    std::uint64_t failures_ = 0;       // of the provider, in a row
    queue::TokenBucket bucket_;
    std::shared_ptr<queue::Budget> memory_ = std::make_shared<queue::Budget>(0);
    queue::StallDetector stall_detector_;
    std::unordered_map<std::string, Lane> lanes_;
    std::vector<Lane*> parked_lanes_;  // those that hold parked items, the next in turn first
    std::int64_t in_flight_ = 0;
    queue::ReceiptWatch receipts_;
    queue::ReceiptWatch::Count receipt_count_;
    bool is_slow_ = false;
    std::optional<std::string> pause_reason_;  // an operator's
    std::optional<std::string> refusal_;       // what the provider said of our credentials, while they are refused
    bool has_left_ = false;
    std::uint64_t sent_ = 0, retried_ = 0, rejected_ = 0, unknown_ = 0;
};

}  // namespace chapar::dispatch
