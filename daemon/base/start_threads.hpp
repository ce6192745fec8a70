#pragma once
// Several threads at once, or none: where one can't be started (a limit of the user or the unit), those that run
// already are ended before the error goes on. A std::thread that is destroyed while it runs ends the process.

#include <cstddef>
#include <thread>
#include <vector>

namespace chapar {

/// `make(i)` is what the i-th thread runs; `stop` makes all of them return. Throws std::system_error.
template <class Make, class Stop>
void start_threads(std::vector<std::thread>& threads, std::size_t count, const Make& make, const Stop& stop) {
    try {
        for (std::size_t i = 0; i < count; ++i)
            threads.emplace_back(make(i));
    } catch (...) {
        stop();
        for (auto& thread : threads)
            if (thread.joinable()) thread.join();
        threads.clear();
        throw;
    }
}

}  // namespace chapar
