#pragma once
// What the C++ programs of bench/render share: CPU time and heap allocations of one piece of work. Included once per
// program: it replaces operator new.

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <new>
#include <sstream>
#include <string>

inline std::size_t allocations = 0;  // counted by the operators below

// NOLINTBEGIN(misc-definitions-in-headers): included once
void* operator new(std::size_t size) {
    ++allocations;
    if (void* p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
// NOLINTEND(misc-definitions-in-headers)

namespace measure {

struct Cost {
    double cpu_us = 0, rate = 0, allocations = 0;  // of one turn; rate: turns a second by the wall clock
};

inline double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// Repeats `work` for about `seconds` of CPU time, after a tenth of that for warming up.
template <class Work>
Cost cost_of(double seconds, const Work& work) {
    constexpr int batch = 200;
    const auto run_for = [&](double limit) {
        long turns = 0;
        for (const auto until = cpu_seconds() + limit; cpu_seconds() < until; turns += batch) {
            for (int i = 0; i < batch; ++i)
                work();
        }
        return turns;
    };
    run_for(seconds / 10);
    const auto allocated = allocations;
    const auto start = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    const auto turns = static_cast<double>(run_for(seconds));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    return {(cpu_seconds() - cpu) / turns * 1e6, turns / took.count(),
            static_cast<double>(allocations - allocated) / turns};
}

inline std::string text_of(const char* path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// One JSON line of all costs; the text goes into the file at `path`.
inline void report(const Cost& render, const Cost& parse, const Cost& data, const std::string& text, const char* path) {
    std::ofstream(path) << text;
    std::printf(
        "{\"render_us\":%.4f,\"rate\":%.1f,\"allocations\":%.4f,\"parse_us\":%.4f,\"parse_rate\":%.1f,"
        "\"data_us\":%.4f}\n",
        render.cpu_us, render.rate, render.allocations, parse.cpu_us, parse.rate, data.cpu_us);
}

}  // namespace measure
