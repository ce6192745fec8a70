#pragma once
// What a thread is called in ps, top and a debugger.

#include <sys/prctl.h>

#include <array>
#include <string_view>

namespace chapar {

/// Names the calling thread; the kernel keeps 15 bytes.
inline void name_thread(std::string_view name) {
    std::array<char, 16> kept{};
    name.copy(kept.data(), kept.size() - 1);
    prctl(PR_SET_NAME, kept.data());
}

}  // namespace chapar
