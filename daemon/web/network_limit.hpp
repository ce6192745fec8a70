#pragma once
// How often something may happen to whoever comes from one block of addresses: counted by the minute, in memory,
// bounded. Not synchronised; one owner.

#include <cstdint>
#include <unordered_map>

#include "base/clock.hpp"

namespace chapar::web {

class NetworkLimit {
  public:
    explicit NetworkLimit(std::uint32_t a_minute, std::size_t most_networks = 65'536)
        : a_minute_(a_minute), most_networks_(most_networks) {}

    /// It happened so often in this minute that it may not happen once more.
    bool is_reached(std::uint64_t network, Monotonic now) const;
    /// It happened.
    void count(std::uint64_t network, Monotonic now);
    /// Counts it unless the limit is reached; answers whether it may happen.
    bool take(std::uint64_t network, Monotonic now);
    std::size_t networks() const { return seen_.size(); }

  private:
    struct Seen {
        std::int64_t minute = 0;
        std::uint32_t times = 0;
    };
    static std::int64_t minute_of(Monotonic now);
    std::uint32_t a_minute_;
    std::size_t most_networks_;
    std::unordered_map<std::uint64_t, Seen> seen_;
};

}  // namespace chapar::web
