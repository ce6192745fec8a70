#pragma once
// Which waiting message goes next. Holds a window of each pool in memory, bounded in number and in bytes; the store
// holds the rest. Classes have strict precedence with a guaranteed share below; inside a class, applications share by
// weight and the campaigns of an application equally (start-time fair queueing).
//
// Its memory and its work grow with the pools that have something in memory, never with those that once
// had: a pool is forgotten when nothing of it is here and the store is not known to hold more.
// Threads: one strand. Ownership: items are owned here until picked.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "config/settings.hpp"
#include "model/short_link.hpp"
#include "queue/budget.hpp"
#include "store/values.hpp"

namespace chapar::queue {

struct PoolState;
struct FairShare;

/// A message in memory. Its body may be left out (then it is empty) and is read again on the way out.
struct Item {
    store::Queued queued;
    PoolState* pool = nullptr;
    int avoid_route = -1;              // the route whose provider just failed it
    std::size_t body_bytes = 0;        // of the request, whether it is here or not
    Budget::Charge kept;               // for the body, while it waits here
    Budget::Charge in_route, in_all;   // for what is being sent
    std::size_t handed_bytes = 0;      // what it was when it was handed over
    std::size_t unforeseen_bytes = 0;  // that it took beyond `in_all`
    /// The sender that each step names; only where routes have lines. Empty: not read yet.
    std::vector<std::string> senders;
    std::optional<Milliseconds> fallback_after;  // the request's own word; known once it was leased
    std::vector<std::size_t> left_out;           // of the step's copies, by index: the policy keeps them back; likewise

    // Of the attempt that is being sent:
    Timestamp leased_at{};                      // its texts are rendered as of then
    bool is_tracked = false;                    // by the settings and the person's word
    std::vector<model::ShortLink> short_links;  // that were written with it

    const model::PlanStep& step() const { return queued.message.plan[static_cast<std::size_t>(queued.progress.step)]; }
    /// The key of its lane: the mail domain, else nothing.
    std::string_view destination() const;
    bool has_body() const { return !queued.message.body.empty() || body_bytes == 0; }
    void drop_body();
};
using ItemPtr = std::unique_ptr<Item>;
/// `pool` may be set later.
ItemPtr make_item(store::Queued queued, PoolState* pool = nullptr);

struct PoolState {
    store::Pool pool;
    struct Line {
        std::string channel;
        std::deque<ItemPtr> ready;
    };
    std::deque<Line> lines;                // by channel of the current step
    std::vector<ItemPtr> future;           // heap, earliest due first
    std::unordered_set<MessageKey> known;  // ready, future, parked and in flight
    std::size_t waiting_bytes = 0;         // of the bodies of what is ready or future
    std::size_t foreseen_bytes = 0;        // what one of it was when it was handed over, as far as is known
    bool overflow = false;                 // the store may hold more than memory does
    Timestamp look_at{};                   // not worth asking the store before
    bool loading = false;
    double virtual_time = 0;

    std::size_t in_memory() const { return known.size(); }

    // The scheduler's own.
    FairShare* share = nullptr;
    std::uint64_t number = 0;              // in the order in which they came
    std::optional<Timestamp> next_future;  // under which it stands among those with a future
    bool is_urgent = false;
    bool is_listed = false;  // among those that overflow; else it has enough for now
};

/// The caller's answer to an item that is offered to it.
enum class Fit : std::uint8_t {
    take,    // it goes
    parked,  // the caller moved the item away (its lane is full); offer the next
    refuse,  // not this one now, and nothing behind it in its line either
    full,    // not this one now, and until it goes nothing of its class or of a less strict one
};

class Scheduler {
  public:
    Scheduler();
    ~Scheduler();

    void configure(const config::Settings& settings);

    /// Takes a message into memory. False: the window is full or it lies too far ahead; the pool is marked to be looked
    /// at again. A message that is already known is not taken twice.
    bool add(ItemPtr item, Timestamp now);
    /// Whether a message with a body of this size would find a place in the window.
    bool has_room(const PoolState& pool, std::size_t body_bytes) const;
    /// A picked or parked item comes back to the front of its line.
    void put_back(ItemPtr item);
    /// Counts a message as in memory that the caller keeps (parked in a lane).
    void track(const Item& item);
    /// The message has left memory (finished, or to be read again from the store).
    void forget(const Item& item);
    /// An item that waits outside (in a lane) keeps a small body where there is room for it.
    void keep_small_body(Item& item);

    /// The next item for `channel`. `serves(class)`: may this class go by the asking route now? `fits` decides on each.
    ItemPtr pick(std::string_view channel, Timestamp now, const std::function<bool(const std::string&)>& serves,
                 const std::function<Fit(ItemPtr&)>& fits);

    PoolState& pool(const store::Pool& pool);
    PoolState* find_pool(std::string_view class_name, std::string_view application, std::string_view campaign);
    /// Pools that should be refilled from the store now and how many rows to ask for, at most `most` of them: urgent
    /// ones first, then those that have waited longest.
    std::vector<std::pair<PoolState*, int>> pools_to_refill(Timestamp now, std::size_t most);
    /// The store may hold more of this pool: look when there is room.
    void mark_overflow(PoolState& pool, Timestamp look_at);
    /// The store is being asked for this pool, and holds no more as far as is known; or that has ended.
    void set_loading(PoolState& pool, bool loading);

    /// Moves what has become due to its line. The earliest future due time in memory, if any.
    std::optional<Timestamp> promote(Timestamp now);
    /// Takes out every waiting item whose time is over.
    std::vector<ItemPtr> take_expired(Timestamp now);
    /// Pools of which nothing is here any more and nothing due soon in the store, as far as is known. No pointer may be
    /// kept to a pool that has nothing in memory and is not loading.
    void forget_idle_pools(Timestamp now);
    std::size_t pool_count() const { return pools_.size(); }
    std::size_t in_memory() const { return in_memory_; }
    /// Bytes of bodies that wait in memory.
    std::size_t body_bytes() const { return waiting_bodies_->used(); }
    /// How many messages one pool may keep in memory now.
    std::size_t window() const;
    /// How many pools and items the picks have looked at; for tests of what grows.
    std::uint64_t steps() const { return steps_; }

    /// Waiting longer than this ahead is left to the store.
    static constexpr Milliseconds horizon{60'000};

  private:
    struct Class;
    struct LooksEarlier {
        bool operator()(const PoolState* a, const PoolState* b) const {
            return std::pair(a->look_at, a->number) < std::pair(b->look_at, b->number);
        }
    };
    using Overflowing = std::set<PoolState*, LooksEarlier>;
    Class& class_state(const std::string& name);
    FairShare& share_of(Class& cls, const std::string& application) const;
    bool is_urgent(const std::string& class_name) const;
    std::size_t pool_bytes() const;
    bool is_full(bool urgent) const;
    bool has_enough(const PoolState& pool) const;
    void list(PoolState& pool);
    void unlist(PoolState& pool);
    void less_of(PoolState& pool);
    void find_to_refill(Overflowing& among, Timestamp now, std::size_t most,
                        std::vector<std::pair<PoolState*, int>>& out);
    void join_line(ItemPtr item, bool in_front);
    void left_line(PoolState& pool, PoolState::Line& line, std::size_t body_bytes);
    void note_future(PoolState& pool);
    ItemPtr pick_from(Class& cls, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits, bool& full);
    ItemPtr pick_from(FairShare& share, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits, bool& full);
    ItemPtr pick_from(PoolState& pool, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits, bool& full);

    config::Settings settings_;
    std::vector<std::unique_ptr<Class>> classes_;  // strictest first
    std::map<std::string, std::unique_ptr<PoolState>, std::less<>> pools_;
    Overflowing overflowing_, urgent_overflowing_;       // those of which more would be taken
    std::set<std::pair<Timestamp, PoolState*>> future_;  // pools by their earliest due time
    std::shared_ptr<Budget> waiting_bodies_;             // of bodies that wait
    std::size_t in_memory_ = 0;
    std::size_t ordinary_ = 0;  // of them, not urgent
    std::uint64_t last_number_ = 0;
    std::uint64_t steps_ = 0;
};

}  // namespace chapar::queue
