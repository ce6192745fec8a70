#pragma once
// Steps of the code that reads templates: basic blocks that were entered, and what the C library read for it.

#include <cstdint>

namespace chapar::render::test {

extern std::uint64_t steps;

template <class Work>
std::uint64_t steps_of(Work work) {
    const std::uint64_t before = steps;
    work();
    return steps - before;
}

}  // namespace chapar::render::test
