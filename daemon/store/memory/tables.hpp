#pragma once
// The tables over maps. Every change notes how it is undone. In one transaction at a time, whose owner holds the data's
// mutex; nothing is ever damaged.

#include <functional>
#include <limits>
#include <vector>

#include "store/memory/data.hpp"

namespace chapar::store::memory {

/// What a rollback does, newest first.
class Undo {
  public:
    void add(std::function<void()> step) { steps_.push_back(std::move(step)); }
    void roll_back() {
        for (auto step = steps_.rbegin(); step != steps_.rend(); ++step)
            (*step)();
        steps_.clear();
        has_failed_ = false;
    }
    void clear() { steps_.clear(); }
    /// What was asked for can't be done: the transaction has failed.
    void fail() { has_failed_ = true; }
    bool has_failed() const { return has_failed_; }

    template <class Map>
    void put(Map& map, const typename Map::key_type& key, typename Map::mapped_type value) {
        const auto found = map.find(key);
        if (found == map.end()) {
            map.emplace(key, std::move(value));
            add([&map, key] { map.erase(key); });
        } else {
            add([&map, key, before = std::exchange(found->second, std::move(value))] { map[key] = before; });
        }
    }
    template <class Map>
        requires requires { typename Map::mapped_type; }
    bool drop(Map& map, const typename Map::key_type& key) {
        const auto found = map.find(key);
        if (found == map.end()) return false;
        add([&map, key, before = std::move(found->second)] { map.emplace(key, before); });
        map.erase(found);
        return true;
    }
    template <class T>
    void put(std::set<T>& set, const T& value) {
        if (set.insert(value).second) add([&set, value] { set.erase(value); });
    }
    template <class T>
    bool drop(std::set<T>& set, const T& value) {
        if (set.erase(value) == 0) return false;
        add([&set, value] { set.insert(value); });
        return true;
    }
    template <class T>
    void set(T& place, T value) {
        add([&place, before = std::exchange(place, std::move(value))] { place = before; });
    }

  private:
    std::vector<std::function<void()>> steps_;
    bool has_failed_ = false;
};

class MemoryMessages final : public MessageTable {
  public:
    MemoryMessages(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void insert(std::span<const NewRow> rows) override;
    std::optional<MessageId> id(MessageKey key) override;
    void owners(std::span<const MessageKey> keys, std::span<std::optional<MessageOwner>> out) override;
    Stored<KeptMessage> load(MessageKey key) override;
    std::optional<Timestamp> put_times(MessageKey key, Timestamp send_at, std::optional<Timestamp> expires_at) override;
    void blank(const KeptMessage& before, const model::Message& after) override;
    void change(const KeptMessage& before, const model::Message& after) override;
    void drop(MessageKey key) override { undo_.drop(data_.messages, key); }
    void remove(const StateRow& row) override;
    void tidy(int) override {}

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryStates final : public StateTable {
  public:
    MemoryStates(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void load(std::span<const MessageKey> keys, std::span<Stored<StateRow>> out) override;
    void update(std::span<StateRow* const> rows) override;
    void replace(const StateRow& row) override;
    bool scan(MessageKey after, MessageKey end,
              const std::function<bool(MessageKey, const Stored<StateRow>&)>& visit) override;
    std::optional<model::State> state(MessageKey key) override;
    std::vector<MessageKey> may_go(MessageKey after, int limit) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryAttempts final : public AttemptTable {
  public:
    MemoryAttempts(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    bool begin(MessageKey key, const model::Attempt& attempt) override;
    void load_each(std::span<const AttemptKey> keys, std::span<Stored<model::Attempt>> out) override;
    std::vector<model::Attempt> all(MessageKey key) override;
    void finish(MessageKey key, const model::Attempt& attempt) override;
    void abandon(MessageKey key, Timestamp at) override;
    int last_number(MessageKey key) override;
    void names_each(std::span<const AttemptKey> keys, std::span<std::optional<AttemptNames>> out) override;
    std::vector<AttemptNames> all_names(MessageKey key) override;
    void blank(MessageKey key, const model::Attempt& attempt) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryKeys final : public KeyTable {
  public:
    MemoryKeys(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    std::vector<bool> claim(std::span<const KeyClaim> claims) override;
    std::optional<ClaimedKey> find(std::string_view application, std::string_view key) override;
    void retake(const KeyClaim& claim) override;
    void drop(std::string_view application, std::string_view key, MessageKey message) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryUses final : public UseTable {
  public:
    MemoryUses(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    bool visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) override;
    bool summed(model::Scope scope, std::span<const Timestamp> edges,
                const std::function<bool(const model::Use&)>& visit,
                const std::function<void(const model::Total&)>& add) override;
    void add(model::Scope scope, const model::Use& use) override;
    bool give_back(model::Scope scope, Timestamp at, MessageKey key) override;
    void restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state) override;
    std::int64_t prune(Timestamp before, int limit) override;
    std::optional<Timestamp> none_before() override { return std::exchange(none_before_, std::nullopt); }

  private:
    /// Of several uses of one message in one millisecond, the one that came least far. Null: there is none.
    model::Use* find(model::Scope scope, Timestamp at, MessageKey key);

    Content& data_;
    Undo& undo_;
    std::optional<Timestamp> none_before_;
};

class MemoryKinds final : public KindTable {
  public:
    /// `makes`: an unknown kind gets a number.
    MemoryKinds(Content& data, Undo& undo, bool makes) : data_(data), undo_(undo), makes_(makes) {}
    const model::Kind* find(model::KindId id) override;
    model::KindId intern(const model::Kind& kind, Timestamp now) override;
    void drop_unused(Timestamp before) override;

  private:
    Content& data_;
    Undo& undo_;
    const bool makes_;
};

class MemoryRelations final : public RelationTable {
  public:
    MemoryRelations(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void join(MessageKey key, const SlotHoldings::GroupPlace& place) override;
    void leave(MessageKey key, const SlotHoldings::GroupPlace& place) override;
    std::vector<model::Member> members(model::Scope scope) override;
    std::optional<MessageKey> holder(model::Scope scope) override;
    void hold(model::Scope scope, MessageKey key) override { undo_.put(data_.collapse, scope, key); }
    void let_go(model::Scope scope, MessageKey key) override;
    void carry(MessageKey leader, MessageKey key) override { undo_.put(data_.carried, {leader, key}); }
    void put_down(MessageKey leader, MessageKey key) override { undo_.drop(data_.carried, {leader, key}); }
    void put_all_down(MessageKey leader) override;
    std::optional<std::vector<MessageKey>> carried(MessageKey leader) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryPeople final : public PeopleTable {
  public:
    MemoryPeople(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    std::optional<std::string> profile(std::string_view application, std::string_view id) override;
    bool put_profile(const Recipient& recipient, std::string_view before) override;
    bool drop_profile(std::string_view application, std::string_view id, std::string_view before) override;
    std::vector<std::string> owners(std::string_view application, std::string_view address) override;
    void words(std::string_view application, std::string_view recipient, const VisitWord& visit) override;
    void put_word(const model::Consent& consent, std::int64_t number) override;
    std::int64_t drop_words(std::string_view application, std::string_view recipient) override;
    Stored<Timestamp> event(std::string_view application, std::string_view recipient, std::string_view event) override;
    void put_event(std::string_view application, std::string_view recipient, std::string_view event,
                   Timestamp at) override;
    std::int64_t drop_events(std::string_view application, std::string_view recipient) override;
    void suppressions(std::string_view channel, std::string_view address, const VisitSuppression& visit) override;
    Stored<model::Suppression> suppression(std::string_view channel, std::string_view address,
                                           model::SuppressionReach reach) override;
    void put_suppression(const model::Suppression& row) override;
    std::int64_t drop_suppressions(std::string_view channel, std::string_view address) override;
    std::optional<SoftBounces> soft_bounces(std::string_view channel, std::string_view address) override;
    void put_soft_bounces(const SoftBounces& row) override {
        undo_.put(data_.soft_bounces, {row.channel, row.address}, row);
    }
    void drop_soft_bounces(std::string_view address) override;
    bool has_no_soft_bounces() override { return data_.soft_bounces.empty(); }
    void prune_soft_bounces(Timestamp before) override;
    const std::string& salt() override { return data_.salt; }
    const std::string& need_salt() override;

  private:
    void note_addresses(std::string_view application, std::string_view id, std::string_view before,
                        std::string_view after);

    Content& data_;
    Undo& undo_;
};

class MemoryErasures final : public ErasureTable {
  public:
    MemoryErasures(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    std::vector<std::pair<std::string, std::string>> people() override;
    void put(std::string_view application, std::string_view name) override;
    void drop(std::string_view application, std::string_view name) override;
    std::vector<MessageKey> waits() override;
    void put_wait(MessageKey key) override { undo_.put(data_.erasure_waits, key); }
    void drop_wait(MessageKey key) override { undo_.drop(data_.erasure_waits, key); }

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryProviderIds final : public ProviderIdTable {
  public:
    MemoryProviderIds(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void put(const ProviderId& id) override { undo_.put(data_.provider_ids, {id.route, id.id}, id); }
    void find_each(std::span<const ProviderIdKey> keys, std::span<std::optional<ProviderId>> out) override;
    void drop(std::string_view route, std::string_view normal_id, MessageKey key) override;
    void put_last_sent(std::int64_t scope, MessageKey key) override { undo_.put(data_.last_sent, scope, key); }
    std::optional<MessageKey> last_sent(std::int64_t scope) override;
    void drop_last_sent(std::int64_t scope, MessageKey key) override;
    bool is_empty() override { return data_.provider_ids.empty() && data_.last_sent.empty(); }

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryUnmatched final : public UnmatchedTable {
  public:
    MemoryUnmatched(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void visit(const std::function<void(std::int64_t, const model::Report&)>& visit) override;
    std::optional<std::int64_t> insert(const model::Report& report, Timestamp noted_at) override;
    Stored<model::Report> load(std::int64_t number) override;
    void drop(std::int64_t number) override { undo_.drop(data_.unmatched, number); }
    std::vector<std::int64_t> older(Timestamp before, int limit) override;
    std::vector<std::int64_t> from(std::string_view address) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryFeed final : public FeedTable {
  public:
    MemoryFeed(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void append(const model::FeedEntry& entry, const std::string& dedupe) override;
    std::int64_t append(const StateChange& change) override;
    std::vector<bool> has_each(std::span<const std::string> dedupes) override;
    std::int64_t prune(Timestamp before, int limit) override;
    void drop(MessageKey key) override;
    void drop_from(std::string_view address) override;
    bool take_news() override { return std::exchange(has_news_, false); }
    /// After a rollback.
    void forget() { has_news_ = false; }

  private:
    std::int64_t next_number();
    void drop_entry(std::int64_t number);
    template <class Row>
    std::int64_t prune_rows(Timestamp before, int limit);

    Content& data_;
    Undo& undo_;
    bool has_news_ = false;
};

class MemoryEngagements final : public EngagementTable {
  public:
    MemoryEngagements(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    Stored<Engagement> load(MessageKey message) override;
    void put(const Engagement& engagement) override { undo_.put(data_.engagements, engagement.message, engagement); }
    void drop(MessageKey message) override { undo_.drop(data_.engagements, message); }
    std::vector<MessageKey> keys(MessageKey after, int limit) override;
    void add_totals(std::int64_t day, const HitTotals& totals) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryLinks final : public LinkTable {
  public:
    MemoryLinks(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    bool has(std::string_view code) override { return data_.links.contains(std::string(code)); }
    std::vector<model::ShortLink> of(MessageKey key) override;
    void put(const LinkRow& row) override { undo_.put(data_.links, row.link.code, row); }
    void drop(MessageKey key) override;
    void drop_owner(std::int64_t owner) override;
    std::int64_t prune(Timestamp now, int limit) override;

  private:
    std::int64_t drop_where(const std::function<bool(const LinkRow&)>& is_meant,
                            int limit = std::numeric_limits<int>::max());

    Content& data_;
    Undo& undo_;
};

class MemorySettings final : public SettingTable {
  public:
    MemorySettings(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void put(std::string_view name, std::string_view value) override;
    void drop(std::string_view name) override { undo_.drop(data_.settings, std::string(name)); }
    bool has_bundle(std::string_view revision) override;
    void put_bundle(std::string_view revision, std::string_view bundle) override;
    void use_revision(std::string_view revision, std::int64_t until_ms) override;
    std::vector<std::string> unused_revisions() override;
    void drop_revision(std::string_view revision) override { undo_.drop(data_.revisions, std::string(revision)); }
    void put_suspect(MessageKey key, int deaths, bool is_damaged) override;
    void drop_suspect(MessageKey key) override { undo_.drop(data_.suspects, key); }

  private:
    Revision revision(std::string_view name) const;

    Content& data_;
    Undo& undo_;
};

class MemoryPools final : public PoolTable {
  public:
    MemoryPools(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void insert(const Pool& pool) override { undo_.put(data_.pools, pool.id, pool); }
    void drop(PoolId pool) override;
    void keep_highest(PoolId highest) override { undo_.set(data_.highest, std::max(data_.highest, highest)); }
    void count(const CountChanges& changes) override;

  private:
    void add(PoolId pool, model::State state, std::int64_t by);

    Content& data_;
    Undo& undo_;
};

class MemoryNodes final : public NodeTable {
  public:
    MemoryNodes(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    bool is_over(const model::LeaseOwner& life) override { return memory::is_over(data_, life); }
    void keep_highest(NodeId node, MessageKey key);
    /// `self` goes on until `until`, and who should have said so before `now` is over.
    void beat(const model::LeaseOwner& self, Monotonic now, Monotonic until);

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryWebhooks final : public WebhookTable {
  public:
    MemoryWebhooks(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    void put(const WebhookState& state) override { undo_.put(data_.webhooks, state.name, state); }
    bool drop(std::string_view name) override;
    void put_wait(std::string_view name, const WebhookWait& wait) override {
        undo_.put(data_.webhook_waits, {std::string(name), wait.number}, wait);
    }
    void drop_wait(std::string_view name, std::int64_t number) override {
        undo_.drop(data_.webhook_waits, {std::string(name), number});
    }

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryTallies final : public TallyTable {
  public:
    MemoryTallies(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    std::optional<SeriesId> find(const Series& series) override;
    SeriesId add(const Series& series, std::int32_t day) override;
    void count(const TallyChanges& changes) override;
    std::int64_t prune(std::int32_t before, int limit) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryTouches final : public TouchTable {
  public:
    MemoryTouches(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    Stored<Touches> load(MessageKey key) override;
    void put(const Touches& touches) override { undo_.put(data_.touches, touches.key, touches); }
    void drop(MessageKey key) override { undo_.drop(data_.touches, key); }
    std::vector<Touches> of(std::string_view application, std::string_view person) override;
    void drop_of(std::string_view application, std::string_view person) override;
    std::int64_t prune(Timestamp before, int limit) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryConversions final : public ConversionTable {
  public:
    MemoryConversions(Content& data, Undo& undo) : data_(data), undo_(undo) {}
    std::vector<KeptConversion> of(std::string_view application, std::string_view person) override;
    void put(std::string_view application, std::string_view person, const KeptConversion& conversion) override;
    std::int64_t drop_of(std::string_view application, std::string_view person) override;
    std::int64_t prune(Timestamp before, int limit) override;

  private:
    Content& data_;
    Undo& undo_;
};

class MemoryTables final : public store::Tables {
  public:
    MemoryTables(Content& data, bool makes_kinds)
        : messages_(data, undo_),
          states_(data, undo_),
          attempts_(data, undo_),
          keys_(data, undo_),
          uses_(data, undo_),
          kinds_(data, undo_, makes_kinds),
          relations_(data, undo_),
          people_(data, undo_),
          erasures_(data, undo_),
          provider_ids_(data, undo_),
          unmatched_(data, undo_),
          feed_(data, undo_),
          engagements_(data, undo_),
          links_(data, undo_),
          settings_(data, undo_),
          pools_(data, undo_),
          nodes_(data, undo_),
          webhooks_(data, undo_),
          tallies_(data, undo_),
          touches_(data, undo_),
          conversions_(data, undo_) {}

    bool has_failed() const override { return undo_.has_failed(); }
    MemoryMessages& messages() override { return messages_; }
    MemoryStates& states() override { return states_; }
    MemoryAttempts& attempts() override { return attempts_; }
    MemoryKeys& keys() override { return keys_; }
    MemoryUses& uses() override { return uses_; }
    MemoryKinds& kinds() override { return kinds_; }
    MemoryRelations& relations() override { return relations_; }
    MemoryPeople& people() override { return people_; }
    MemoryErasures& erasures() override { return erasures_; }
    MemoryProviderIds& provider_ids() override { return provider_ids_; }
    MemoryUnmatched& unmatched() override { return unmatched_; }
    MemoryFeed& feed() override { return feed_; }
    MemoryEngagements& engagements() override { return engagements_; }
    MemoryLinks& links() override { return links_; }
    MemorySettings& settings() override { return settings_; }
    MemoryPools& pools() override { return pools_; }
    MemoryNodes& nodes() override { return nodes_; }
    MemoryWebhooks& webhooks() override { return webhooks_; }
    MemoryTallies& tallies() override { return tallies_; }
    MemoryTouches& touches() override { return touches_; }
    MemoryConversions& conversions() override { return conversions_; }

    Undo& undo() { return undo_; }

  private:
    Undo undo_;
    MemoryMessages messages_;
    MemoryStates states_;
    MemoryAttempts attempts_;
    MemoryKeys keys_;
    MemoryUses uses_;
    MemoryKinds kinds_;
    MemoryRelations relations_;
    MemoryPeople people_;
    MemoryErasures erasures_;
    MemoryProviderIds provider_ids_;
    MemoryUnmatched unmatched_;
    MemoryFeed feed_;
    MemoryEngagements engagements_;
    MemoryLinks links_;
    MemorySettings settings_;
    MemoryPools pools_;
    MemoryNodes nodes_;
    MemoryWebhooks webhooks_;
    MemoryTallies tallies_;
    MemoryTouches touches_;
    MemoryConversions conversions_;
};

}  // namespace chapar::store::memory
