#pragma once
// Commits and answers in another order than the writes were submitted, as a store does that works on several
// connections at once: writes that are about the same message or person keep their order, others pass each other, and
// answers come as they like. Seeded. For tests: whoever needs more order than the store promises is found by it.

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "store/engine/write.hpp"

namespace chapar::store::engine {

class LaneShuffle {
  public:
    using Group = std::vector<std::unique_ptr<Write>>;

    explicit LaneShuffle(std::uint64_t seed) : random_(seed) {}

    void add(Group writes);
    bool has_writes() const { return !waiting_.empty(); }
    /// Some of what waits, to be committed together; at least one.
    Group take();

    /// What a write that is over is to be told. One that is about anything is behind all that are over by now.
    void add_answer(std::function<void()> answer, bool is_behind_all);
    bool has_answers() const { return !answers_.empty(); }
    /// Tells one of them, whichever.
    void tell_one();
    /// One of two, by chance.
    bool coin() { return random_() % 2 == 0; }

  private:
    std::mt19937_64 random_;
    Group waiting_;
    std::vector<std::function<void()>> answers_;
};

}  // namespace chapar::store::engine
