// Several threads are started, or none.
#include "base/start_threads.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <latch>
#include <system_error>

namespace chapar {
namespace {

TEST(StartThreads, starts_as_many_as_are_asked_for) {
    std::vector<std::thread> threads;
    std::atomic<std::size_t> sum{0};
    start_threads(threads, 4, [&](std::size_t i) { return [&sum, i] { sum += i; }; }, [] {});
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(sum, 6U);
}

/// A thread that is destroyed while it runs would end the whole program.
TEST(StartThreads, ends_those_that_run_where_one_can_not_be_started) {
    std::vector<std::thread> threads;
    std::latch stopped(1);
    std::atomic<int> ended{0};
    const auto make = [&](std::size_t i) -> std::function<void()> {
        if (i == 3) throw std::system_error(std::make_error_code(std::errc::resource_unavailable_try_again));
        return [&] {
            stopped.wait();
            ++ended;
        };
    };
    EXPECT_THROW(start_threads(threads, 5, make, [&] { stopped.count_down(); }), std::system_error);
    EXPECT_EQ(ended, 3);
    EXPECT_TRUE(threads.empty());
}

}  // namespace
}  // namespace chapar
