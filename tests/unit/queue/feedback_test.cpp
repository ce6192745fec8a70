#include "queue/feedback.hpp"

#include <gtest/gtest.h>

#include "queue/backoff.hpp"

namespace chapar::queue {
namespace {

using std::chrono::seconds;

TEST(Concurrency, halves_when_told_to_slow_down_and_grows_back_one_a_round) {
    ManualClock clock(from_ms(0));
    Concurrency lane(16);
    EXPECT_TRUE(lane.may_start(15, clock.monotonic()));
    EXPECT_FALSE(lane.may_start(16, clock.monotonic()));
    lane.on_throttle(clock.monotonic(), seconds(2));
    EXPECT_DOUBLE_EQ(lane.limit(), 8);
    EXPECT_FALSE(lane.may_start(0, clock.monotonic())) << "it rests first";
    lane.on_throttle(clock.monotonic(), seconds(2));
    EXPECT_DOUBLE_EQ(lane.limit(), 8) << "answers of what was in flight already count as one";
    clock.advance(seconds(2));
    EXPECT_TRUE(lane.may_start(7, clock.monotonic()));
    EXPECT_FALSE(lane.may_start(8, clock.monotonic()));
    for (int i = 0; i < 9; ++i)
        lane.on_success();
    EXPECT_GE(lane.limit(), 9);
    for (int i = 0; i < 1000; ++i)
        lane.on_success();
    EXPECT_DOUBLE_EQ(lane.limit(), 16);
    for (int i = 0; i < 20; ++i) {
        clock.advance(seconds(5));
        lane.on_throttle(clock.monotonic(), seconds(1));
    }
    EXPECT_DOUBLE_EQ(lane.limit(), 1) << "one always may try";
}

TEST(Circuit, opens_after_failures_in_a_row_and_lets_one_probe_through) {
    ManualClock clock(from_ms(0));
    Circuit circuit;
    for (int i = 0; i < Circuit::threshold - 1; ++i)
        EXPECT_FALSE(circuit.on_failure(clock.monotonic()));
    EXPECT_TRUE(circuit.on_failure(clock.monotonic()));
    EXPECT_FALSE(circuit.may_start(clock.monotonic()));
    clock.advance(Circuit::first_rest);
    EXPECT_TRUE(circuit.may_start(clock.monotonic()));
    circuit.on_start();
    EXPECT_FALSE(circuit.may_start(clock.monotonic())) << "one probe, not a herd";
    EXPECT_TRUE(circuit.on_failure(clock.monotonic()));
    clock.advance(Circuit::first_rest);
    EXPECT_FALSE(circuit.may_start(clock.monotonic())) << "the rest doubles";
    clock.advance(Circuit::first_rest);
    EXPECT_TRUE(circuit.may_start(clock.monotonic()));
    circuit.on_start();
    EXPECT_TRUE(circuit.on_success());
    EXPECT_TRUE(circuit.may_start(clock.monotonic()));
}

TEST(Circuit, a_success_in_between_starts_the_count_again) {
    ManualClock clock(from_ms(0));
    Circuit circuit;
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(circuit.on_failure(clock.monotonic()));
        if (i % 4 == 3) circuit.on_success();
    }
}

TEST(Circuit, a_probe_that_never_left_is_not_a_verdict) {
    ManualClock clock(from_ms(0));
    Circuit circuit;
    for (int i = 0; i < Circuit::threshold; ++i)
        circuit.on_failure(clock.monotonic());
    clock.advance(Circuit::first_rest);
    circuit.on_start();
    circuit.on_no_verdict(clock.monotonic());
    EXPECT_TRUE(circuit.may_start(clock.monotonic()));
}

TEST(TokenBucket, gives_its_rate_and_no_more) {
    ManualClock clock(from_ms(0));
    TokenBucket bucket(100);
    int taken = 0;
    for (int ms = 0; ms < 10'000; ++ms) {
        while (bucket.try_take(clock.monotonic()))
            ++taken;
        clock.advance(Milliseconds{1});
    }
    EXPECT_GE(taken, 1000);
    EXPECT_LE(taken, 1000 + 10);  // the burst
}

TEST(TokenBucket, says_when_the_next_token_comes) {
    ManualClock clock(from_ms(0));
    TokenBucket bucket(2);
    EXPECT_TRUE(bucket.try_take(clock.monotonic()));
    EXPECT_FALSE(bucket.try_take(clock.monotonic()));
    clock.advance(std::chrono::ceil<Milliseconds>(bucket.next(clock.monotonic()) - clock.monotonic()));
    EXPECT_TRUE(bucket.try_take(clock.monotonic()));
}

TEST(Backoff, doubles_up_to_its_bound_with_jitter_over_the_whole_step) {
    Random random(5);
    const config::Backoff backoff{seconds(10), seconds(100)};
    for (int attempt = 1; attempt <= 64; ++attempt) {
        const auto step = std::min<std::int64_t>(100'000, 10'000LL << std::min(attempt - 1, 30));
        std::int64_t least = step, most = 0;
        for (int i = 0; i < 500; ++i) {
            const auto delay = retry_delay(backoff, attempt, std::nullopt, random).count();
            ASSERT_LE(delay, step);
            ASSERT_GE(delay, step / 10);
            least = std::min(least, delay);
            most = std::max(most, delay);
        }
        EXPECT_LT(least, step / 4);
        EXPECT_GT(most, step * 3 / 4);
    }
}

TEST(Backoff, honours_what_the_provider_asks_within_reason) {
    Random random(5);
    const config::Backoff backoff{seconds(1), seconds(2)};
    EXPECT_EQ(retry_delay(backoff, 1, seconds(90), random), seconds(90));
    EXPECT_EQ(retry_delay(backoff, 1, std::chrono::hours(1'000'000), random), retry_after_max);
    EXPECT_GE(retry_delay(backoff, 1, seconds(-5), random), retry_after_min);
}

}  // namespace
}  // namespace chapar::queue
