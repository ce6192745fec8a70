#pragma once
// Ten times the input may take at most twenty times the steps: a square takes a hundred.

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>

#include "counter.hpp"

namespace chapar::render::test {

constexpr std::uint64_t ten_times = 20;
constexpr int shorter = 10;  // than what an attacker sends: the square of this shows as well

using Make = std::function<std::string(int number)>;

inline std::string many(int count, const Make& make) {
    std::string all;
    for (int i = 0; i < count; ++i)
        all += make(i);
    return all;
}
inline std::string many(int count, const std::string& text) {
    return many(count, [&](int) { return text; });
}
inline void expect_linear(const char* name, const std::function<void(int count)>& work, int most) {
    most /= shorter;
    const auto few = steps_of([&] { work(most / 10); });
    const auto all = steps_of([&] { work(most); });
    EXPECT_GT(few, static_cast<std::uint64_t>(most / 1000)) << name << ": nothing was counted";
    EXPECT_LT(all, few * ten_times) << name << ": " << few << " steps for " << most / 10 << ", " << all << " for "
                                    << most;
}

}  // namespace chapar::render::test
