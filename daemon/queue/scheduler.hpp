#pragma once
// Which waiting message goes next. Holds a bounded window of each pool in memory; the store holds the rest.
// Classes have strict precedence with a guaranteed share below; inside a class, applications share by weight and the
// campaigns of an application equally (start-time fair queueing).
// Threads: one strand. Ownership: items are owned here until picked.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "config/settings.hpp"
#include "store/store.hpp"

namespace chapar::queue {

struct PoolState;

/// A message in memory.
struct Item {
    store::Queued queued;
    PoolState* pool = nullptr;
    int avoid_route = -1;  // the route whose provider just failed it

    const model::PlanStep& step() const { return queued.message.plan[static_cast<std::size_t>(queued.progress.step)]; }
    /// What a lane is keyed by: the mail domain, else nothing.
    std::string_view destination() const;
};
using ItemPtr = std::unique_ptr<Item>;

struct PoolState {
    store::Pool pool;
    struct Line {
        std::string channel;
        std::deque<ItemPtr> ready;
    };
    std::deque<Line> lines;       // by channel of the current step
    std::vector<ItemPtr> future;  // heap, earliest due first
    std::size_t in_memory = 0;    // ready, future, parked and in flight
    bool overflow = false;        // the store may hold more than memory does
    Timestamp look_at{};          // not worth asking the store before
    bool loading = false;
    double virtual_time = 0;

    std::deque<ItemPtr>& line(std::string_view channel);
    std::deque<ItemPtr>* find_line(std::string_view channel);
};

/// What the caller says of an item that is offered to it.
enum class Fit : std::uint8_t {
    take,    // it goes
    parked,  // the caller moved the item away (its lane is full); offer the next
    refuse,  // not this one now, and nothing behind it in its line either
};

class Scheduler {
  public:
    Scheduler();
    ~Scheduler();

    void configure(const config::Settings& settings);

    /// Takes a message into memory. False: the window is full or it lies too far ahead; the pool is marked to be looked
    /// at again. A message that is already known is not taken twice.
    bool add(ItemPtr item, Timestamp now);
    /// A picked or parked item comes back to the front of its line.
    void put_back(ItemPtr item);
    /// Counts a message as in memory that the caller keeps (parked in a lane).
    void keep(const Item& item);
    /// The message has left memory (finished, or to be read again from the store).
    void forget(const Item& item);

    /// The next item for `channel`. `serves(class)`: may this class go by the asking route now? `fits` decides on each.
    ItemPtr pick(std::string_view channel, Timestamp now, const std::function<bool(const std::string&)>& serves,
                 const std::function<Fit(ItemPtr&)>& fits);

    PoolState& pool(const store::Pool& pool);
    PoolState* find_pool(std::string_view class_name, std::string_view application, std::string_view campaign);
    /// Pools that should be refilled from the store now, and how many rows to ask for.
    std::vector<std::pair<PoolState*, int>> hungry(Timestamp now);
    /// The store may hold more of this pool: look when there is room.
    void mark_overflow(PoolState& pool, Timestamp look_at);
    bool is_known(MessageKey key) const { return known_.contains(key); }

    /// Moves what has become due to its line. The earliest future due time in memory, if any.
    std::optional<Timestamp> promote(Timestamp now);
    /// Takes out every waiting item whose time is over.
    std::vector<ItemPtr> take_expired(Timestamp now);
    const std::vector<PoolState*>& pools() const { return all_pools_; }
    std::size_t in_memory() const { return known_.size(); }
    /// How many messages one pool may keep in memory now.
    std::size_t window() const;

    /// Waiting longer than this ahead is left to the store.
    static constexpr Milliseconds horizon{60'000};

  private:
    struct Application;
    struct Class;
    Class& class_state(const std::string& name);
    ItemPtr pick_from(Class& cls, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits);
    ItemPtr pick_from(Application& application, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits);
    static ItemPtr pick_from(PoolState& pool, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits);

    config::Settings settings_;
    std::vector<std::unique_ptr<Class>> classes_;  // strictest first
    std::map<std::string, std::unique_ptr<PoolState>, std::less<>> pool_index_;
    std::vector<PoolState*> all_pools_;
    std::unordered_set<MessageKey> known_;
    std::optional<Timestamp> next_future_;
};

}  // namespace chapar::queue
