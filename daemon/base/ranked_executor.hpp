#pragma once
// Where work goes that is done by its urgency.

#include <cstddef>
#include <functional>

namespace chapar {

class RankedExecutor {
  public:
    using Task = std::move_only_function<void()>;
    static constexpr std::size_t ranks = 4;

    virtual ~RankedExecutor() = default;
    /// Runs it after those of its rank that came before it; rank 0 is the most urgent. Tasks must not throw.
    virtual void post(std::size_t rank, Task task) = 0;
};

}  // namespace chapar
