#pragma once
// How fast a lane and a route may go, learnt from what comes back. Pure state machines over the monotonic clock.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"

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

    bool may_start(Monotonic now) const {
        return state_ == State::closed || (state_ == State::open && now >= rests_until_);
    }
    /// Call when something is started; the first one after a rest is the probe.
    void on_start() {
        if (state_ == State::open) state_ = State::probing;
    }
    /// True when this answer closed an open circuit.
    bool on_success() {
        const bool was_broken = state_ != State::closed;
        state_ = State::closed;
        failures_ = 0;
        rest_ = first_rest;
        return was_broken;
    }
    /// True when this failure opened the circuit.
    bool on_failure(Monotonic now) {
        ++failures_;
        if (state_ == State::probing) rest_ = std::min(rest_ * 2, longest_rest);
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
    State state() const { return state_; }
    Monotonic rests_until() const { return rests_until_; }

  private:
    State state_ = State::closed;
    int failures_ = 0;
    Milliseconds rest_ = first_rest;
    Monotonic rests_until_{};
};

/// At most `rate` a second, with a burst of a tenth of a second's worth (at least one). Rate 0: no limit.
class TokenBucket {
  public:
    explicit TokenBucket(double rate) { set_rate(rate); }
    void set_rate(double rate) {
        rate_ = rate;
        burst_ = std::max(1.0, rate / 10);
        tokens_ = std::min(tokens_, burst_);
    }
    bool try_take(Monotonic now) {
        if (rate_ <= 0) return true;
        refill(now);
        if (tokens_ < 1) return false;
        tokens_ -= 1;
        return true;
    }
    void give_back() { tokens_ = std::min(burst_, tokens_ + 1); }
    /// When the next token is there.
    Monotonic next(Monotonic now) {
        if (rate_ <= 0) return now;
        refill(now);
        if (tokens_ >= 1) return now;
        return now + std::chrono::ceil<std::chrono::microseconds>(std::chrono::duration<double>((1 - tokens_) / rate_));
    }

  private:
    void refill(Monotonic now) {
        if (last_ == Monotonic{}) {
            tokens_ = burst_;
        } else if (now > last_) {
            tokens_ = std::min(burst_, tokens_ + std::chrono::duration<double>(now - last_).count() * rate_);
        }
        last_ = now;
    }
    double rate_ = 0;
    double burst_ = 1;
    double tokens_ = 0;
    Monotonic last_{};
};

}  // namespace chapar::queue
