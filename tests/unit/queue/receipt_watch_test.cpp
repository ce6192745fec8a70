#include "queue/receipt_watch.hpp"

#include <gtest/gtest.h>

namespace chapar::queue {
namespace {

using std::chrono::seconds;

const Monotonic start{seconds(1'000)};

MessageKey key(std::int64_t number) { return MessageKey{number}; }

TEST(ReceiptWatch, counts_what_is_late_and_nothing_that_is_young) {
    ReceiptWatch watch;
    watch.set_wait(seconds(60));
    for (int i = 0; i < 30; ++i)
        watch.taken(key(i), start);
    for (int i = 0; i < 10; ++i)
        watch.heard(key(i));
    EXPECT_EQ(watch.count(start + seconds(59)).judged, 0);
    const auto late = watch.count(start + seconds(60));
    EXPECT_EQ(late.judged, 30);
    EXPECT_EQ(late.missing, 20);
    watch.heard(key(29));
    watch.heard(key(29));
    watch.heard(key(9'999));
    EXPECT_EQ(watch.count(start + seconds(61)).missing, 19);
}

TEST(ReceiptWatch, a_route_that_rests_is_judged_anew_after_two_waits) {
    ReceiptWatch watch;
    watch.set_wait(seconds(60));
    for (int i = 0; i < 30; ++i)
        watch.taken(key(i), start + seconds(i));
    EXPECT_EQ(watch.count(start + seconds(135)).judged, 15);
    EXPECT_EQ(watch.count(start + seconds(200)).judged, 0);
    watch.heard(key(3));
    watch.taken(key(100), start + seconds(200));
    watch.heard(key(100));
    const auto again = watch.count(start + seconds(260));
    EXPECT_EQ(again.judged, 1);
    EXPECT_EQ(again.missing, 0);
}

TEST(ReceiptWatch, holds_a_bounded_number_and_without_a_wait_none) {
    ReceiptWatch watch;
    watch.taken(key(1), start);
    EXPECT_EQ(watch.count(start + seconds(3'600)).judged, 0);
    watch.set_wait(seconds(60));
    for (std::int64_t i = 0; i < 30'000; ++i)
        watch.taken(key(i), start);
    EXPECT_EQ(watch.count(start + seconds(60)).judged, static_cast<std::int64_t>(ReceiptWatch::most));
}

}  // namespace
}  // namespace chapar::queue
