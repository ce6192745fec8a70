#pragma once
// Between the store, which holds the queue, and memory, which holds a window of it: takes what was just accepted, reads
// more where there is room, and looks from time to time for what else waits.
//
// Threads: the dispatch strand. Reads of the store run on `reads`, which has one thread, and post their rows back.

#include <functional>
#include <vector>

#include "dispatch/active_config.hpp"
#include "queue/scheduler.hpp"
#include "render/catalogue.hpp"
#include "store/acceptance.hpp"
#include "store/queue.hpp"

namespace boost::asio {
class any_io_executor;
class io_context;
}  // namespace boost::asio

namespace chapar::dispatch {

class Refill {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        render::Catalogue& catalogue;
        boost::asio::io_context& strand;
        const boost::asio::any_io_executor& reads;
        const ConfigInUse& config;
        queue::Scheduler& scheduler;
    };
    using Seen = std::function<void(const std::vector<store::PoolDepth>&)>;

    /// On the strand: `on_change` when messages came into memory, `on_look` with each look at all that waits.
    Refill(Deps deps, std::function<void()> on_change, Seen on_look);

    void take_accepted(store::AcceptedBatch batch);
    /// Reads more of the pools that have room for it.
    void fill();
    /// Looks at what waits in the store; one look at a time.
    void look();
    /// Looks when it is time again.
    void look_if_due();

  private:
    void take_new(std::vector<queue::ItemPtr> items);
    void take_new(queue::ItemPtr item);
    void read_pool(queue::PoolState& pool, int rows_wanted);
    void take(queue::PoolState& pool, Result<std::vector<queue::ItemPtr>> items, int asked);
    void looked(Result<std::vector<store::PoolDepth>> pools, Monotonic::duration took);
    void note_depths(const std::vector<store::PoolDepth>& pools);

    const Deps deps_;
    const std::function<void()> on_change_;
    const Seen on_look_;
    std::size_t loading_ = 0;  // pools that are being read
    bool looking_ = false;
    Monotonic look_at_{};  // not before
};

}  // namespace chapar::dispatch
