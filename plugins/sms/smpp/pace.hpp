#pragma once
// How fast a route may submit: a token bucket by configuration, and what the SMSC taught by throttling. On a throttled
// answer the route pauses, the rate and the window halve; while answers are good both grow back. Pure: time is a
// parameter. Not thread-safe.

#include <chrono>

namespace chapar::sms {

class Pace {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    /// `rate`: submits a second, 0: no limit. `window`: unanswered submits of one session.
    Pace(int rate, int window);

    /// Takes leave for one submit; false: not before wait().
    bool take(Time now);
    /// How long until take() may succeed; zero: now.
    Duration wait(Time now);
    void throttled(Time now);
    /// The SMSC says how busy it is, in percent: from 90 on fewer are kept unanswered, without a pause.
    void congested(unsigned percent, Time now);
    void accepted(Time now);
    int window() const { return static_cast<int>(window_); }
    /// How long a message that was throttled should rest.
    Duration pause(Time now) const;

  private:
    void refill(Time now);
    void count(Time now);

    const double most_rate_;
    const double most_window_;
    double rate_;  // 0: no limit
    double growth_ = 0;
    double window_;
    double tokens_ = 1;
    Time filled_{}, paused_until_{}, eased_{};
    bool slowed_ = false;  // by the SMSC
    Duration pause_{};
    // What went out in the current second: from which rate to halve when there is no limit.
    Time second_{};
    double in_second_ = 0, last_second_ = 0;
};

}  // namespace chapar::sms
