#pragma once
// How often something was tried for one key within a span of time: in memory, bounded. Not synchronised; one owner.

#include <cstdint>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"

namespace chapar::web {

class Attempts {
  public:
    Attempts(std::uint32_t most, Milliseconds within, std::size_t most_keys = 65'536)
        : most_(most), within_(within), most_keys_(most_keys) {}

    /// Counts it and answers true, unless it was tried as often as it may be. Where there is no room for another key,
    /// the answer is false: who fills the table gains nothing.
    bool take(std::uint64_t key, Monotonic now);
    bool take(std::string_view key, Monotonic now) { return take(std::hash<std::string_view>()(key), now); }
    std::size_t keys() const { return tried_.size(); }

  private:
    struct Tried {
        Monotonic since{};
        std::uint32_t times = 0;
    };
    void forget(Monotonic now);

    const std::uint32_t most_;
    const Milliseconds within_;
    const std::size_t most_keys_;
    std::unordered_map<std::uint64_t, Tried> tried_;
};

}  // namespace chapar::web
