#pragma once
// A store in memory: for tests and simulations. It keeps nothing on disk and promises everything else.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "store/store.hpp"

namespace chapar::store {

namespace memory {
struct Data;
}

/// What was committed. Stores are opened on it, of one node one at a time; it outlives them.
class MemoryPlace {
  public:
    MemoryPlace();
    ~MemoryPlace();
    MemoryPlace(const MemoryPlace&) = delete;
    MemoryPlace& operator=(const MemoryPlace&) = delete;

    /// Ends `store` as a crash does: what it would still commit is lost, and its life does not leave.
    static void crash(std::unique_ptr<Store>& store);
    /// Commits a group of what waits in a stepped store, or tells an answer. False: there is nothing.
    static bool step(Store& store);
    memory::Data& data() { return *data_; }

  private:
    std::unique_ptr<memory::Data> data_;
};

struct MemoryOptions {
    std::string node = {};  // the name of the node whose life begins
    int max_batch = 4096;   // writes in one commit
    /// Not 0: a seed by which writes on different messages and persons are committed in another order than they were
    /// submitted, and answers come in any.
    std::uint64_t shuffle = 0;
    bool stepped = false;  // it has no thread: MemoryPlace::step does its work. A crash answers nothing that waits
    /// Told of moves that no Settlement said, after their commit, on the writer's thread: it must not block.
    std::function<void(std::vector<Moved>)> moved = {};
    /// Asked at each commit: true makes it fail, as a disk would.
    std::function<bool()> refuses = {};
    std::string country = {};  // ISO 3166, of numbers as they were written
    std::string zone = {};     // as Statistics::use_zone; empty: UTC
};
std::unique_ptr<Store> open_memory(MemoryPlace& place, const MemoryOptions& options, const Clock& clock);

}  // namespace chapar::store
