#include "queue/feedback.hpp"

#include <gtest/gtest.h>

#include <vector>

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

TEST(Concurrency, a_destination_that_was_throttled_is_forgotten_when_it_has_recovered) {
    ManualClock clock(from_ms(0));
    Concurrency lane(16);
    const auto last = clock.monotonic();
    lane.on_throttle(last, seconds(2));
    clock.advance(seconds(3));
    EXPECT_FALSE(lane.may_be_forgotten(last, clock.monotonic())) << "it would be met at full speed at once";
    clock.advance(Concurrency::recovery);
    EXPECT_TRUE(lane.may_be_forgotten(last, clock.monotonic()));
    EXPECT_FALSE(lane.may_be_forgotten(clock.monotonic(), clock.monotonic())) << "it was heard of just now";
}

TEST(Credentials, are_tried_again_by_one_message_after_a_minute_and_then_ever_more_seldom) {
    ManualClock clock(from_ms(0));
    Credentials credentials;
    EXPECT_TRUE(credentials.on_refusal(MessageKey{1}, false, clock.monotonic()));
    for (const int minutes : {1, 2, 4, 8, 15, 15}) {
        clock.advance(std::chrono::minutes(minutes) - Milliseconds{1});
        EXPECT_FALSE(credentials.may_start(clock.monotonic())) << minutes;
        clock.advance(Milliseconds{1});
        ASSERT_TRUE(credentials.may_start(clock.monotonic())) << minutes;
        EXPECT_TRUE(credentials.on_start());
        EXPECT_FALSE(credentials.may_start(clock.monotonic())) << "one message";
        EXPECT_FALSE(credentials.on_success(false)) << "what was in flight before says nothing";
        EXPECT_TRUE(credentials.on_refusal(MessageKey{2}, true, clock.monotonic()));
    }
    clock.advance(Credentials::longest_rest);
    EXPECT_TRUE(credentials.on_start());
    EXPECT_TRUE(credentials.on_success(true));
    EXPECT_TRUE(credentials.may_start(clock.monotonic()));
}

TEST(Credentials, one_message_alone_does_not_stop_a_route_that_is_let_in) {
    ManualClock clock(from_ms(0));
    Credentials credentials;
    credentials.on_success(false);
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(credentials.on_refusal(MessageKey{7}, false, clock.monotonic()));
        EXPECT_FALSE(credentials.on_refusal(MessageKey{7}, false, clock.monotonic()));
        credentials.on_success(false);
    }
    EXPECT_FALSE(credentials.on_refusal(MessageKey{7}, false, clock.monotonic()));
    EXPECT_TRUE(credentials.on_refusal(MessageKey{8}, false, clock.monotonic())) << "it is not the message";
    Credentials lonely;
    lonely.on_success(false);
    EXPECT_FALSE(lonely.on_refusal(MessageKey{7}, false, clock.monotonic()));
    EXPECT_FALSE(lonely.on_refusal(MessageKey{7}, false, clock.monotonic()));
    EXPECT_TRUE(lonely.on_refusal(MessageKey{7}, false, clock.monotonic())) << "nothing else says otherwise";
}

TEST(Credentials, a_try_that_does_not_reach_the_login_waits_as_long_again) {
    ManualClock clock(from_ms(0));
    Credentials credentials;
    credentials.on_refusal(MessageKey{1}, false, clock.monotonic());
    clock.advance(Credentials::first_rest);
    credentials.on_start();
    credentials.on_other_failure(clock.monotonic());
    EXPECT_FALSE(credentials.may_start(clock.monotonic() + Credentials::first_rest - Milliseconds{1}));
    EXPECT_TRUE(credentials.may_start(clock.monotonic() + Credentials::first_rest));
}

TEST(StallDetector, is_stalled_when_what_could_begin_does_not_for_ten_seconds) {
    ManualClock clock(from_ms(0));
    StallDetector detector;
    const auto look = [&](bool could) {
        detector.look(could, clock.monotonic());
        return detector.is_stalled(clock.monotonic());
    };
    EXPECT_FALSE(look(true));
    clock.advance(Milliseconds{9'999});
    EXPECT_FALSE(look(true));
    clock.advance(Milliseconds{1});
    EXPECT_TRUE(look(true));
    EXPECT_FALSE(look(false)) << "something keeps it from going now";
    EXPECT_FALSE(look(true));
    clock.advance(Milliseconds{9'000});
    detector.moved();
    clock.advance(Milliseconds{9'000});
    EXPECT_FALSE(look(true)) << "it moved in between";
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

TEST(Circuit, a_rest_is_cut_to_the_longest_that_is_allowed) {
    ManualClock clock(from_ms(0));
    Circuit circuit;
    circuit.set_longest_rest(seconds(3), clock.monotonic());
    for (int i = 0; i < Circuit::threshold; ++i)
        circuit.on_failure(clock.monotonic());
    for (int i = 0; i < 10; ++i) {
        clock.advance(seconds(3));
        ASSERT_TRUE(circuit.may_start(clock.monotonic()));
        circuit.on_start();
        circuit.on_failure(clock.monotonic());
    }
    circuit.set_longest_rest(seconds(1), clock.monotonic());
    EXPECT_TRUE(circuit.may_start(clock.monotonic() + seconds(1))) << "a rest that has begun is cut too";
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

/// The most that fall into any span of a second, [t, t + 1 s).
std::int64_t most_in_a_second(const std::vector<Monotonic>& moments) {
    std::int64_t most = 0;
    std::size_t first = 0;
    for (std::size_t last = 0; last < moments.size(); ++last) {
        while (moments[last] - moments[first] >= seconds(1))
            ++first;
        most = std::max(most, static_cast<std::int64_t>(last - first + 1));
    }
    return most;
}

TEST(TokenBucket, no_span_of_a_second_has_more_than_the_rate_however_it_is_asked) {
    Random random(11);
    for (const double rate : {1.0, 2.0, 3.0, 10.0, 50.0, 55.5, 100.0, 999.0, 5000.0}) {
        for (int round = 0; round < 8; ++round) {
            ManualClock clock(from_ms(0));
            TokenBucket bucket(rate);
            std::vector<Monotonic> used;
            const auto end = clock.monotonic() + seconds(8);
            while (clock.monotonic() < end) {
                // Greedy, idle for a while, and in between; some of what is taken comes back at once or later.
                const int greed = static_cast<int>(random() % 4) == 0 ? 0 : 1'000'000;
                for (int i = 0; i < greed && bucket.try_take(clock.monotonic()); ++i) {
                    if (random() % 5 == 0)
                        bucket.give_back(clock.monotonic());
                    else
                        used.push_back(clock.monotonic());
                }
                if (!used.empty() && random() % 50 == 0) {
                    const auto place =
                        used.end() - 1 - static_cast<std::ptrdiff_t>(random() % std::min<std::size_t>(used.size(), 20));
                    bucket.give_back(*place);
                    used.erase(place);
                }
                clock.advance(Milliseconds{1 + static_cast<std::int64_t>(random() % (round % 2 == 0 ? 3 : 900))});
            }
            ASSERT_LE(most_in_a_second(used), static_cast<std::int64_t>(rate)) << rate << " in round " << round;
        }
    }
}

TEST(TokenBucket, gives_nineteen_twentieths_of_its_rate_at_least) {
    for (const double rate : {1.0, 2.0, 50.0, 500.0}) {
        ManualClock clock(from_ms(0));
        TokenBucket bucket(rate);
        int taken = 0;
        for (int ms = 0; ms < 100'000; ++ms) {
            while (bucket.try_take(clock.monotonic()))
                ++taken;
            clock.advance(Milliseconds{1});
        }
        EXPECT_GE(taken, static_cast<int>(100 * rate * 0.95) - 1) << rate;
        EXPECT_LE(taken, static_cast<int>(100 * rate) + 1) << rate;
    }
}

TEST(TokenBucket, a_rate_below_one_gives_one_in_its_span) {
    ManualClock clock(from_ms(0));
    TokenBucket bucket(0.1);
    EXPECT_TRUE(bucket.try_take(clock.monotonic()));
    clock.advance(seconds(9));
    EXPECT_FALSE(bucket.try_take(clock.monotonic()));
    clock.advance(seconds(2));
    EXPECT_TRUE(bucket.try_take(clock.monotonic()));
}

TEST(TokenBucket, what_comes_back_late_can_be_taken_again) {
    ManualClock clock(from_ms(0));
    TokenBucket bucket(1);
    const auto taken = clock.monotonic();
    ASSERT_TRUE(bucket.try_take(taken));
    clock.advance(Milliseconds{400});
    EXPECT_FALSE(bucket.try_take(clock.monotonic()));
    bucket.give_back(taken);
    EXPECT_TRUE(bucket.try_take(clock.monotonic()));
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
