#pragma once
// How fast a lane and a route may go, learnt from what comes back. Pure state machines over the monotonic clock.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace chapar::queue {

/// Concurrency towards one destination: grows by one per full round of successes, halves when the destination asks to
/// slow down (blame LANE), and rests until the time it named.
class Concurrency {
  public:
    explicit Concurrency(double ceiling) : ceiling_(ceiling), limit_(ceiling) {}

    bool may_start(std::int64_t in_flight, Monotonic now) const {
        return now >= rests_until_ && static_cast<double>(in_flight) < limit_;
    }
    void on_success() { limit_ = std::min(ceiling_, limit_ + 1.0 / std::max(limit_, 1.0)); }
    /// `rest`: how long nothing new may start.
    void on_throttle(Monotonic now, Milliseconds rest) {
        if (now < rests_until_) return;  // answers to what was in flight already: one event, one punishment
        limit_ = std::max(1.0, limit_ / 2);
        rests_until_ = now + rest;
    }
    void set_ceiling(double ceiling) {
        ceiling_ = ceiling;
        limit_ = std::min(limit_, ceiling);
    }
    double limit() const { return limit_; }
    Monotonic rests_until() const { return rests_until_; }
    bool is_pristine(Monotonic now) const { return limit_ >= ceiling_ && now >= rests_until_; }
    /// Whether nothing that it learnt matters any more to a destination that was last heard of at `last`.
    bool may_be_forgotten(Monotonic last, Monotonic now) const {
        return is_pristine(now) || (now >= rests_until_ && now - last >= recovery);
    }
    /// After this long without a word, a destination that asked to slow down is met as a new one.
    static constexpr Milliseconds recovery{std::chrono::minutes(10)};

  private:
    double ceiling_;
    double limit_;
    Monotonic rests_until_{};
};

/// Breaks the circuit of a route whose provider keeps failing; lets one probe through after a rest that doubles.
class Circuit {
  public:
    enum class State { closed, open, probing };
    static constexpr int threshold = 5;  // consecutive failures with blame PROVIDER
    static constexpr Milliseconds first_rest{2'000};
    static constexpr Milliseconds longest_rest{std::chrono::minutes(5)};
    static constexpr Milliseconds least_rest{500};

    bool may_start(Monotonic now) const {
        return state_ == State::closed || (state_ == State::open && now >= rests_until_);
    }
    /// Call when something is started; the first one after a rest is the probe. True: this is the probe, and exactly
    /// one of on_success, on_failure and on_no_verdict has to follow for it.
    bool on_start() {
        if (state_ != State::open) return false;
        state_ = State::probing;
        return true;
    }
    /// True when this answer closed an open circuit.
    bool on_success() {
        const bool was_broken = state_ != State::closed;
        state_ = State::closed;
        failures_ = 0;
        rest_ = std::min(first_rest, longest_);
        return was_broken;
    }
    /// True when this failure opened the circuit.
    bool on_failure(Monotonic now) {
        ++failures_;
        if (state_ == State::probing) rest_ = std::min(rest_ * 2, longest_);
        const bool opens = state_ == State::probing || (state_ == State::closed && failures_ >= threshold);
        if (!opens) return false;
        state_ = State::open;
        rests_until_ = now + rest_;
        return true;
    }
    /// The probe never left (no message, or it failed for another reason): the next one may probe.
    void on_no_verdict(Monotonic now) {
        if (state_ != State::probing) return;
        state_ = State::open;
        rests_until_ = now;
    }
    /// A rest is over at once: the next message is the probe.
    void end_rest(Monotonic now) {
        if (state_ == State::open) rests_until_ = std::min(rests_until_, now);
    }
    /// Holds for a rest that has begun, too.
    void set_longest_rest(Milliseconds longest, Monotonic now) {
        longest_ = std::clamp(longest, least_rest, longest_rest);
        rest_ = std::min(rest_, longest_);
        if (state_ == State::open) rests_until_ = std::min(rests_until_, now + longest_);
    }
    State state() const { return state_; }
    Monotonic rests_until() const { return rests_until_; }

  private:
    State state_ = State::closed;
    int failures_ = 0;
    Milliseconds longest_ = longest_rest;
    Milliseconds rest_ = first_rest;
    Monotonic rests_until_{};
};

/// Holds a route back whose provider refuses our credentials. One message tries them again after a minute, then after
/// twice as long each time; the first that gets through ends it. A route that has shown that it is let in is not
/// stopped by one message alone: it takes a second message, or the same one three times.
class Credentials {
  public:
    enum class State { trusted, refused, probing };
    static constexpr Milliseconds first_rest{std::chrono::minutes(1)};
    static constexpr Milliseconds longest_rest{std::chrono::minutes(15)};
    static constexpr int most_strikes = 3;

    bool may_start(Monotonic now) const {
        return state_ == State::trusted || (state_ == State::refused && now >= tries_at_);
    }
    /// True: this is the probe, and exactly one answer or on_no_verdict has to follow for it.
    bool on_start() {
        if (state_ != State::refused) return false;
        state_ = State::probing;
        return true;
    }
    /// True when the route rests from now on, or goes on resting.
    bool on_refusal(MessageKey message, bool is_probe, Monotonic now) {
        if (state_ == State::refused || (state_ == State::probing && !is_probe)) return false;  // of what was in flight
        if (state_ == State::trusted && is_proven_) {
            const bool is_same = strikes_ == 0 || message == suspect_;
            suspect_ = message;
            if (++strikes_ < most_strikes && is_same) return false;
        }
        rest_ *= 2;
        rest(now);
        return true;
    }
    /// The provider let a message in. True when this ended the rest; what was in flight before it began says nothing.
    bool on_success(bool is_probe) {
        if (state_ != State::trusted && !(state_ == State::probing && is_probe)) return false;
        is_proven_ = true;
        strikes_ = 0;
        rest_ = Milliseconds{0};
        return std::exchange(state_, State::trusted) == State::probing;
    }
    /// The probe did not come as far as the credentials: as long a rest again.
    void on_other_failure(Monotonic now) {
        if (state_ == State::probing) rest(now);
    }
    /// The probe never left: the next message may try.
    void on_no_verdict(Monotonic now) {
        if (state_ != State::probing) return;
        state_ = State::refused;
        tries_at_ = now;
    }
    /// The next message tries at once, and a refusal counts as the first.
    void end_rest(Monotonic now) {
        rest_ = Milliseconds{0};
        if (state_ == State::refused) tries_at_ = std::min(tries_at_, now);
    }
    State state() const { return state_; }
    Monotonic tries_at() const { return tries_at_; }

  private:
    void rest(Monotonic now) {
        state_ = State::refused;
        rest_ = std::clamp(rest_, first_rest, longest_rest);
        tries_at_ = now + rest_;
        is_proven_ = false;
        strikes_ = 0;
    }
    State state_ = State::trusted;
    bool is_proven_ = false;  // it was let in since the last rest
    int strikes_ = 0;
    MessageKey suspect_{};
    Milliseconds rest_{0};
    Monotonic tries_at_{};
};

/// Tells when what could be begun is not begun for too long.
class StallDetector {
  public:
    static constexpr Milliseconds patience{10'000};

    /// Something was begun, or given up with a reason.
    void moved() {
        moved_ = true;
        since_.reset();
    }
    /// Whether something moved since it was asked last.
    bool take_moved() { return std::exchange(moved_, false); }
    /// `could_begin`: there is work that nothing keeps from going. Call about once a second.
    void look(bool could_begin, Monotonic now) {
        if (!could_begin)
            since_.reset();
        else if (!since_)
            since_ = now;
    }
    bool is_stalled(Monotonic now) const { return since_ && now - *since_ >= patience; }
    /// Since when it could have begun something.
    std::optional<Monotonic> since() const { return since_; }

  private:
    std::optional<Monotonic> since_;
    bool moved_ = false;
};

/// At most `rate` in every span of a second, wherever it begins. It counts a twentieth of a second more than that: the
/// way from here to the provider is not equally long for all. Starts are spread over the second, but for a burst of a
/// twentieth of the rate (at least one). A rate below one: one in each span of 1/rate seconds. Rate 0: no limit.
class TokenBucket {
  public:
    explicit TokenBucket(double rate) { set_rate(rate); }
    void set_rate(double rate) {
        using Microseconds = std::chrono::microseconds;
        constexpr std::chrono::duration<double> second(1.05);
        rate_ = rate;
        burst_ = std::max(1.0, rate / 20);
        tokens_ = std::min(tokens_, burst_);
        most_ = static_cast<std::int64_t>(std::max(1.0, rate));
        span_ = std::chrono::ceil<Microseconds>(rate < 1 && rate > 0 ? second / rate : second);
    }
    bool try_take(Monotonic now) {
        if (rate_ <= 0) return true;
        refill(now);
        forget_before(now - span_);
        if (tokens_ < 1 || count_ >= most_) return false;
        tokens_ -= 1;
        ++count_;
        if (taken_.empty() || taken_.back().first != now) taken_.emplace_back(now, 0);
        ++taken_.back().second;
        return true;
    }
    /// The token that was taken at the moment `taken` was not used.
    void give_back(Monotonic taken) {
        tokens_ = std::min(burst_, tokens_ + 1);
        const auto place = std::ranges::lower_bound(taken_, taken, {}, &Run::first);
        if (place == taken_.end() || place->first != taken) return;
        --count_;
        if (--place->second == 0) taken_.erase(place);
    }
    /// When the next token is there.
    Monotonic next(Monotonic now) {
        if (rate_ <= 0) return now;
        refill(now);
        forget_before(now - span_);
        Monotonic at = now;
        if (tokens_ < 1) {
            const std::chrono::duration<double> wait((1 - tokens_) / rate_);
            at = now + std::chrono::ceil<std::chrono::microseconds>(wait);
        }
        if (count_ >= most_ && !taken_.empty()) at = std::max(at, taken_.front().first + span_);
        return at;
    }

  private:
    using Run = std::pair<Monotonic, std::int64_t>;
    void refill(Monotonic now) {
        if (last_ == Monotonic{}) {
            tokens_ = burst_;
        } else if (now > last_) {
            tokens_ = std::min(burst_, tokens_ + std::chrono::duration<double>(now - last_).count() * rate_);
        }
        last_ = now;
    }
    void forget_before(Monotonic then) {
        while (!taken_.empty() && taken_.front().first <= then) {
            count_ -= taken_.front().second;
            taken_.pop_front();
        }
    }
    double rate_ = 0;
    double burst_ = 1;
    double tokens_ = 0;
    Monotonic last_{};
    std::int64_t most_ = 1;  // in one span
    Monotonic::duration span_{};
    std::deque<Run> taken_;   // moments within the last span, and how many at each
    std::int64_t count_ = 0;  // their sum
};

}  // namespace chapar::queue
