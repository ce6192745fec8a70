#include "sms/smpp/pace.hpp"

#include <algorithm>

namespace chapar::sms {
namespace {

using namespace std::chrono_literals;
constexpr Pace::Duration first_pause = 500ms, longest_pause = 10s;
/// Answers to what had left before the SMSC called itself congested count as the same word.
constexpr Pace::Duration same_word = 200ms;
constexpr double burst_seconds = 0.05;
/// SMPP v5.0, 4.8.4.18: 80 to 89 is what the SMSC likes best.
constexpr unsigned nearly_congested = 90, fully_congested = 100;
/// Shares by which a rate grows in a second of full use: one that was measured, one that was guessed in a first burst.
constexpr double growth = 0.1, growth_of_a_guess = 1, no_limit = 100'000;

double seconds(Pace::Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace

Pace::Pace(int rate, int window) : most_rate_(rate), most_window_(window), rate_(rate), window_(window) {}

void Pace::refill(Time now) {
    if (filled_ == Time{}) filled_ = now;
    const double since = seconds(now - filled_);
    filled_ = now;
    if (rate_ == 0) return;
    tokens_ = std::min(tokens_ + since * rate_, std::max(1.0, rate_ * burst_seconds));
}

void Pace::count(Time now) {
    if (now - second_ >= 1s) {
        last_second_ = now - second_ < 2s ? in_second_ : 0;
        second_ = now;
        in_second_ = 0;
    }
    in_second_ += 1;
}

bool Pace::take(Time now) {
    if (now < paused_until_) return false;
    refill(now);
    if (rate_ != 0) {
        if (tokens_ < 1) return false;
        tokens_ -= 1;
    }
    count(now);
    return true;
}

Pace::Duration Pace::wait(Time now) {
    if (now < paused_until_) return paused_until_ - now;
    refill(now);
    if (rate_ == 0 || tokens_ >= 1) return Duration::zero();
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>((1 - tokens_) / rate_)) + 1us;
}

void Pace::throttled(Time now) {
    if (now < paused_until_) return;  // an answer to what left before the pause
    slowed_ = true;
    // Throttled again right after a pause: it was too short. Later than that only the rate was too high.
    const bool again = now - paused_until_ < std::max<Duration>(pause_, 1s);
    pause_ = again ? std::min<Duration>(pause_ * 2, longest_pause) : first_pause;
    paused_until_ = now + pause_;
    const double seen = std::max({in_second_, last_second_, 2.0});
    growth_ = last_second_ == 0 && now - second_ < 500ms ? growth_of_a_guess : growth;
    rate_ = std::max(1.0, (rate_ == 0 ? seen : std::min(rate_, seen)) / 2);
    window_ = std::max(1.0, window_ / 2);
    tokens_ = 1;
    filled_ = paused_until_;
}

void Pace::congested(unsigned percent, Time now) {
    if (percent < nearly_congested || (eased_ != Time{} && now - eased_ < same_word)) return;
    eased_ = now;
    window_ = std::max(1.0, window_ * (percent >= fully_congested ? 0.5 : 0.75));
}

void Pace::accepted(Time now) {
    window_ = std::min(most_window_, window_ + 1 / window_);
    if (!slowed_ || now < paused_until_) return;
    rate_ += rate_ * growth_ / std::max(1.0, rate_);
    if (most_rate_ != 0 && rate_ >= most_rate_) {
        rate_ = most_rate_;
        slowed_ = false;
    } else if (most_rate_ == 0 && rate_ >= no_limit) {
        rate_ = 0;
        slowed_ = false;
    }
}

Pace::Duration Pace::pause(Time now) const {
    return std::max<Duration>(paused_until_ > now ? paused_until_ - now : Duration::zero(), first_pause);
}

}  // namespace chapar::sms
