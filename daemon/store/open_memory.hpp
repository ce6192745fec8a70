#pragma once
// A store in memory: for tests and simulations. It keeps nothing on disk and promises everything else.

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

/// What was committed. Stores are opened on it, one at a time; it outlives them.
class MemoryPlace {
  public:
    MemoryPlace();
    ~MemoryPlace();
    MemoryPlace(const MemoryPlace&) = delete;
    MemoryPlace& operator=(const MemoryPlace&) = delete;

    /// As a crash leaves it: what is committed by now, without what `store` would still commit at its end.
    void crash(std::unique_ptr<Store>& store);
    memory::Data& data() { return *data_; }

  private:
    std::unique_ptr<memory::Data> data_;
};

struct MemoryOptions {
    int max_batch = 4096;  // writes in one commit
    /// Told of moves that no Settlement said, after their commit, on the writer's thread: it must not block.
    std::function<void(std::vector<Moved>)> moved = {};
    /// Asked at each commit: true makes it fail, as a disk would.
    std::function<bool()> refuses = {};
    std::string country = {};  // ISO 3166, of numbers as they were written
};
std::unique_ptr<Store> open_memory(MemoryPlace& place, const MemoryOptions& options, const Clock& clock);

}  // namespace chapar::store
