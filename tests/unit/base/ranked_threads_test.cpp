#include "base/ranked_threads.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <array>
#include <future>
#include <memory>
#include <string>

namespace chapar {
namespace {

TEST(RankedThreads, the_most_urgent_of_what_waits_goes_first_and_its_like_in_order) {
    RankedThreads threads("test", 1, 0);
    std::promise<void> begin;
    threads.post(3, [wait = begin.get_future().share()] { wait.wait(); });
    std::string order;
    for (const int rank : {3, 1, 2, 0, 1})
        threads.post(static_cast<std::size_t>(rank), [&order, rank] { order += std::to_string(rank); });
    threads.post(9, [&order] { order += "last"; });
    begin.set_value();
    threads.join();
    EXPECT_EQ(order, "01123last");
}

TEST(RankedThreads, urgent_work_finds_a_thread_while_all_others_are_busy) {
    RankedThreads threads("test", 2, 1);
    std::promise<void> end, urgent;
    const auto wait = end.get_future().share();
    for (int i = 0; i < 5; ++i)
        threads.post(1, [wait] { wait.wait(); });
    threads.post(0, [&urgent] { urgent.set_value(); });
    urgent.get_future().wait();
    end.set_value();
    threads.join();
}

TEST(RankedThreads, what_waits_when_it_stops_is_dropped_and_freed) {
    auto held = std::make_shared<int>(0);
    RankedThreads threads("test", 1, 0);
    std::promise<void> begun, end;
    threads.post(0, [&begun, wait = end.get_future().share()] {
        begun.set_value();
        wait.wait();
    });
    begun.get_future().wait();
    threads.post(0, [held] { ++*held; });
    threads.stop();
    EXPECT_EQ(held.use_count(), 1);
    threads.post(0, [held] { ++*held; });
    end.set_value();
    threads.join();
    EXPECT_EQ(*held, 0);
}

TEST(RankedThreads, its_threads_carry_its_name) {
    RankedThreads threads("render", 2, 1);
    std::promise<std::string> name;
    std::promise<void> end;
    threads.post(3, [&] {
        std::array<char, 16> kept{};
        prctl(PR_GET_NAME, kept.data());
        name.set_value(kept.data());
    });
    EXPECT_EQ(name.get_future().get(), "render");
}

}  // namespace
}  // namespace chapar
