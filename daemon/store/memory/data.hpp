#pragma once
// All that a store in memory keeps, as ordered maps. Copying it is a snapshot.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "store/engine/counters.hpp"
#include "store/rows/tables.hpp"

namespace chapar::store::memory {

struct State {
    model::Progress progress;
    PoolId pool;
    std::int64_t expires = 0, follow_up = 0;
    SlotHoldings holdings;
    model::LeaseOwner owner{};
    SeriesId series{};
};
struct Key {
    MessageKey message;
    std::uint64_t request_hash = 0;
};
struct KindRow {
    model::Kind kind;
    std::int64_t used = 0;  // day
};
struct Profile {
    std::string json;
    Timestamp updated_at{};
};
struct Revision {
    std::optional<std::string> bundle;
    std::int64_t used_until = 0;
};
struct Suspect {
    int deaths = 0;
    bool is_damaged = false;
};
struct MemoryNode {
    std::string name;
    std::int64_t epoch = 0;  // of its latest life
    bool is_living = false;
    Monotonic valid_until{};   // unless it says before that it goes on
    MessageKey highest_key{};  // that it accepted
};
struct Unmatched {
    model::Report report;
    Timestamp noted_at{};
};
using FeedRow = std::variant<model::FeedEntry, StateChange>;
using Text2 = std::pair<std::string, std::string>;
using Text3 = std::tuple<std::string, std::string, std::string>;

struct Content {
    std::map<MessageKey, KeptMessage> messages;
    std::map<MessageKey, State> states;
    std::set<std::pair<QueuePlace, MessageKey>> live;
    std::map<std::pair<MessageKey, int>, model::Attempt> attempts;
    std::map<Text2, Key> keys;
    std::map<model::Scope, std::vector<model::Use>> uses;  // by time
    std::map<model::KindId, KindRow> kinds;
    model::KindId last_kind = 0;
    std::map<model::Scope, std::set<std::pair<std::int64_t, MessageKey>>> groups;  // (-rank, key)
    std::map<model::Scope, MessageKey> collapse;
    std::set<std::pair<MessageKey, MessageKey>> carried;  // leader, key
    std::map<Text2, Profile> profiles;                    // application, id
    std::set<Text3> addresses;                            // application, address, id
    std::map<Text2, std::map<std::int64_t, model::Consent>> words;
    std::map<Text3, Timestamp> events;
    std::map<std::tuple<std::string, std::string, int>, model::Suppression> suppressions;
    std::map<Text2, SoftBounces> soft_bounces;  // channel, address
    std::string salt;
    std::set<Text2> erasures;
    std::set<MessageKey> erasure_waits;
    std::map<Text2, ProviderId> provider_ids;  // route, id
    std::map<std::int64_t, MessageKey> last_sent;
    std::map<std::int64_t, Unmatched> unmatched;
    std::int64_t last_unmatched = 0;
    std::map<std::int64_t, FeedRow> feed;
    std::set<std::string> dedupes;
    std::map<std::int64_t, std::string> dedupe_of;  // by the number of its entry
    std::int64_t last_entry = 0;
    std::map<MessageKey, Engagement> engagements;
    std::map<std::int64_t, HitTotals> hit_totals;  // by day
    std::map<std::string, LinkRow> links;          // by their codes
    std::map<std::string, std::string> settings;
    std::map<std::string, Revision> revisions;
    std::map<MessageKey, Suspect> suspects;
    std::map<PoolId, Pool> pools;
    std::map<std::pair<PoolId, model::State>, std::int64_t> counts;
    PoolId highest;
    std::map<NodeId, MemoryNode> nodes;
    std::map<std::string, WebhookState> webhooks;
    std::map<std::pair<std::string, std::int64_t>, WebhookWait> webhook_waits;
    std::map<SeriesId, Series> series;
    SeriesId last_series;
    TallyChanges tallies;
    std::map<MessageKey, Touches> touches;
    std::map<Text2, std::map<std::int64_t, KeptConversion>> conversions;  // application, person; by number
};

/// A later life of the node has begun, or this one has left or was given up.
inline bool is_over(const Content& tables, const model::LeaseOwner& life) {
    const auto node = tables.nodes.find(life.node);
    return node == tables.nodes.end() || node->second.epoch != life.epoch || !node->second.is_living;
}

/// Also what runs over several transactions.
struct Data {
    std::mutex mutex;  // held by a transaction from its begin to its end, and by each read
    Content tables;
    model::LeaseOwner last_writer;
    std::shared_ptr<engine::Counters> counters = std::make_shared<engine::Counters>();
};

}  // namespace chapar::store::memory
