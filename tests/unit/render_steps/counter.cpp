// The counter that each basic block of the counted objects calls, and the C library's loops, counted by the bytes that
// they look at: memchr over a whole file for each of its tags is as quadratic as a loop.
#include "counter.hpp"

#include <cstddef>

namespace chapar::render::test {

std::uint64_t steps = 0;

}  // namespace chapar::render::test

using chapar::render::test::steps;

namespace {

constexpr std::size_t bytes_in_a_step = 16;

}  // namespace

// No library function may be made of these loops: it would be the loop itself.
#pragma GCC optimize("O1")
#pragma GCC optimize("no-tree-loop-distribute-patterns")

extern "C" {

void __sanitizer_cov_trace_pc();  // NOLINT(bugprone-reserved-identifier): the compiler's name
void __sanitizer_cov_trace_pc() { ++steps; }

// The C library's names, which C++ declares in other forms already.
void* counted_memchr(const void* text, int wanted, std::size_t size) noexcept __asm__("memchr");
int counted_memcmp(const void* a, const void* b, std::size_t size) noexcept __asm__("memcmp");
void* counted_memcpy(void* to, const void* from, std::size_t size) noexcept __asm__("memcpy");

void* counted_memchr(const void* text, int wanted, std::size_t size) noexcept {
    const auto* at = static_cast<const unsigned char*>(text);
    for (std::size_t i = 0; i < size; ++i)
        if (at[i] == static_cast<unsigned char>(wanted)) {
            steps += i / bytes_in_a_step + 1;
            return const_cast<unsigned char*>(at + i);
        }
    steps += size / bytes_in_a_step + 1;
    return nullptr;
}

int counted_memcmp(const void* a, const void* b, std::size_t size) noexcept {
    const auto *left = static_cast<const unsigned char*>(a), *right = static_cast<const unsigned char*>(b);
    steps += 1;
    for (std::size_t i = 0; i < size; ++i)
        if (left[i] != right[i]) {
            steps += i / bytes_in_a_step;
            return left[i] < right[i] ? -1 : 1;
        }
    steps += size / bytes_in_a_step;
    return 0;
}

void* counted_memcpy(void* to, const void* from, std::size_t size) noexcept {
    auto* target = static_cast<unsigned char*>(to);
    const auto* source = static_cast<const unsigned char*>(from);
    for (std::size_t i = 0; i < size; ++i)
        target[i] = source[i];
    steps += size / bytes_in_a_step + 1;
    return to;
}
}
