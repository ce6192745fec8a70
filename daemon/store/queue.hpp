#pragma once
// What waits, what is being sent, and what becomes of it: what the sending side needs of the store.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/arrival.hpp"
#include "model/lease_owner.hpp"
#include "model/ledger.hpp"
#include "model/short_link.hpp"
#include "store/values.hpp"

namespace chapar::store {

/// Writes attempt `number` down and moves waiting -> sending. Refused (not an error of the batch) if the message is no
/// longer waiting or its attempts count is not number - 1: that is the fencing token. The attempt is this life's
/// (nodes.hpp).
struct Lease {
    MessageKey key;
    int number = 1;
    std::string channel;
    std::string route;
    Timestamp at{};
    bool can_wait = false;  // a few hundredths of a second, for others to share the commit
    /// Short links that the attempt goes with (Leased::links). Refused if no code is free for one of them.
    model::DrawnLinks links{};
};

/// Somebody will report on what an attempt handed over: the ids of its outcome are remembered, and that it went to
/// `address`, so that an answer from there finds it.
struct Tracked {
    std::string route, address;
};

/// Ends attempt `number` and applies the event. Refused if that attempt is not the open one, or is another life's (a
/// stale worker).
struct Settlement {
    MessageKey key;
    int number = 1;
    model::Outcome outcome;
    Timestamp at{};
    model::Event event = model::Event::attempt_accepted;
    int step = 0;                          // the plan step from now on
    Timestamp due{};                       // used when the next state is waiting
    std::vector<model::TraceEntry> trace;  // appended
    Slots slots = Slots::keep;
    std::optional<Timestamp> follow_up;  // sent: look again then (Queue::follow_ups)
    std::optional<Tracked> tracked = std::nullopt;
    std::optional<model::Suppression> suppress = std::nullopt;  // written together with it
    std::optional<model::Arrival> arrival = std::nullopt;       // what it says of the address
    std::optional<int> deaths = std::nullopt;    // of the daemon with it in hand, remembered until told 0 (suspects)
    bool can_wait = false;                       // as in Lease
    std::optional<MessageId> id = std::nullopt;  // nothing: the writer looks it up
    /// The attempt is an orphan of this life, and is taken over. Refused if it is not, or somebody was quicker.
    std::optional<model::LeaseOwner> orphan_of = std::nullopt;
};

struct PoolDepth {
    Pool pool;
    std::int64_t waiting = 0;
    std::optional<Timestamp> next_due;
};

/// An attempt whose owner's life is over: nobody knows what became of it.
struct Orphan {
    Queued queued;
    model::Attempt attempt;  // the open one
    model::LeaseOwner owner;
};

class Queue {
  public:
    virtual ~Queue() = default;

    /// One answer per lease, in order: written down, refused, or kept back by the gate. `gate` may be null.
    virtual void lease(std::vector<Lease> batch, std::shared_ptr<model::Gate> gate,
                       Done<std::vector<model::Leased>> done) = 0;
    /// One flag per settlement, in order: applied, or stale.
    virtual void settle(std::vector<Settlement> batch, Done<std::vector<bool>> done) = 0;

    /// Waiting messages of a pool with due <= until, by (due, key), without those in `known` (sorted); damaged rows are
    /// moved to held and left out. Ends after page_bytes.
    virtual Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit,
                                            std::span<const MessageKey> known = {}) = 0;
    /// Messages of an application that wait: every write of this store that was answered is counted. From memory: cheap
    /// enough for every request.
    virtual std::int64_t waiting(std::string_view application) = 0;
    /// Every pool that has something waiting. Cheap enough for each start and each scrape of /metrics.
    virtual Result<std::vector<PoolDepth>> pools() = 0;
    /// The pool of a message that was just accepted (pools are made on demand by `accept`).
    virtual Result<Pool> pool_of(std::string_view class_name, std::string_view application,
                                 std::string_view campaign) = 0;
    /// Attempts in hand of lives that are over, to be taken over by Settlement::orphan_of. Ends after page_bytes.
    virtual Result<std::vector<Orphan>> orphans(int limit) = 0;
    /// What was last said by Settlement::deaths of messages that may still go.
    virtual Result<std::vector<std::pair<MessageKey, int>>> suspects() = 0;
    /// Waiting and held messages whose expires_at is past, at most `limit`. Called about once a minute.
    virtual Result<std::vector<MessageKey>> overdue(Timestamp now, int limit) = 0;
    /// Sent messages whose Settlement::follow_up is past and whose expiry is not. Ends after page_bytes.
    virtual Result<std::vector<Queued>> follow_ups(Timestamp until, int limit) = 0;
    /// The messages that `leader` carries (Ruling::collect), by key.
    virtual Result<std::vector<model::Message>> collected(MessageKey leader) = 0;
};

}  // namespace chapar::store
