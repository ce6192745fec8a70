#pragma once
// What a backend keeps, table by table, for the rules to work on. All of it belongs to one transaction at a time, of
// one thread. A call that fails makes its transaction fail (Tables::has_failed): from then on reads find nothing and
// writes do nothing, and the transaction's owner rolls back. Checksums are the backend's affair; what follows from
// damage is a rule. A visitor must not call back into the tables.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/acceptance.hpp"
#include "store/attribution.hpp"
#include "store/hits.hpp"
#include "store/people.hpp"
#include "store/rows/counts.hpp"
#include "store/rows/feed_rows.hpp"
#include "store/rows/link_row.hpp"
#include "store/rows/provider_id.hpp"
#include "store/rows/queue_place.hpp"
#include "store/rows/rows.hpp"
#include "store/rows/slot_holdings.hpp"
#include "store/rows/soft_bounces.hpp"
#include "store/webhooks.hpp"

namespace chapar::store {

/// What was found under a key.
template <class T>
struct Stored {
    enum class Is : std::uint8_t { absent, damaged, sound } is = Is::absent;
    T value{};
    bool is_sound() const { return is == Is::sound; }
};

// ---- messages -----------------------------------------------------------------------------------------------------

/// A message and its first state: waiting, due at its send_at.
struct NewRow {
    const NewMessage* item = nullptr;
    PoolId pool;
    SeriesId series;
};

/// Who a message is of and for. Read without its checksum: what is done for them is done again from a sound row.
struct MessageOwner {
    MessageId id;
    std::string application, class_name, recipient, campaign;
    std::vector<model::PlanStep> plan;
    Timestamp expires_at{}, accepted_at{};
};

struct KeptMessage {
    model::Message message;
    std::string idempotency_key;
};

/// A message's progress and what else its row says, as it is to be; and as it is stored, for who writes it.
struct StateRow {
    MessageKey key;
    model::Progress progress;
    PoolId pool;
    std::int64_t expires = 0;
    std::int64_t follow_up = 0;  // 0: none
    SlotHoldings holdings;
    model::LeaseOwner owner;  // of the attempt that is being sent
    SeriesId series;          // 0: not known yet
    struct {
        model::State state = model::State::waiting;
        PoolId pool;
        std::int64_t expires = 0, follow_up = 0;
        std::string slots;  // encoded
        SeriesId series;
        std::optional<QueuePlace> place;
    } stored;
};

class MessageTable {
  public:
    virtual ~MessageTable() = default;
    virtual void insert(std::span<const NewRow> rows) = 0;
    virtual std::optional<MessageId> id(MessageKey key) = 0;
    virtual void owners(std::span<const MessageKey> keys, std::span<std::optional<MessageOwner>> out) = 0;
    std::optional<MessageOwner> owner(MessageKey key) {
        std::optional<MessageOwner> out;
        owners({&key, 1}, {&out, 1});
        return out;
    }
    virtual Stored<KeptMessage> load(MessageKey key) = 0;
    /// The message's own times; the expiry that it has now. Nothing: it is damaged or absent.
    virtual std::optional<Timestamp> put_times(MessageKey key, Timestamp send_at,
                                               std::optional<Timestamp> expires_at) = 0;
    /// In place of `before`: without what names a person. It has no idempotency key any more.
    virtual void blank(const KeptMessage& before, const model::Message& after) = 0;
    /// In place of `before`, with another plan and body.
    virtual void change(const KeptMessage& before, const model::Message& after) = 0;
    /// The message alone, whose state stays.
    virtual void drop(MessageKey key) = 0;
    /// The message, its state and its attempts.
    virtual void remove(const StateRow& row) = 0;
    /// Gives back what removed messages left behind in indexes, at most `limit` parts of it.
    virtual void tidy(int limit) = 0;
};

class StateTable {
  public:
    virtual ~StateTable() = default;
    virtual void load(std::span<const MessageKey> keys, std::span<Stored<StateRow>> out) = 0;
    virtual void update(std::span<StateRow* const> rows) = 0;
    /// In place of a row that can't be believed.
    virtual void replace(const StateRow& row) = 0;
    /// By key, behind `after` and before `end`, until `visit` answers false. True: it came to the end.
    virtual bool scan(MessageKey after, MessageKey end,
                      const std::function<bool(MessageKey, const Stored<StateRow>&)>& visit) = 0;
    /// Without looking at the checksum.
    virtual std::optional<model::State> state(MessageKey key) = 0;
    /// What waits, is being sent or has a follow-up, by key.
    virtual std::vector<MessageKey> may_go(MessageKey after, int limit) = 0;
};

/// One attempt of a message.
struct AttemptKey {
    MessageKey message;
    int number = 0;
    auto operator<=>(const AttemptKey&) const = default;
};

/// How an attempt went, and under which ids the provider knows it.
struct AttemptNames {
    std::string route, channel, provider_ids;
};

class AttemptTable {
  public:
    virtual ~AttemptTable() = default;
    /// False: there is one of this number.
    virtual bool begin(MessageKey key, const model::Attempt& attempt) = 0;
    virtual void load_each(std::span<const AttemptKey> keys, std::span<Stored<model::Attempt>> out) = 0;
    Stored<model::Attempt> load(MessageKey key, int number) {
        const AttemptKey one{key, number};
        Stored<model::Attempt> out;
        load_each({&one, 1}, {&out, 1});
        return out;
    }
    virtual std::vector<model::Attempt> all(MessageKey key) = 0;  // the sound ones
    /// Only of one that has not ended.
    virtual void finish(MessageKey key, const model::Attempt& attempt) = 0;
    /// All that have not ended, as they stand.
    virtual void abandon(MessageKey key, Timestamp at) = 0;
    virtual int last_number(MessageKey key) = 0;
    /// Without looking at the checksum.
    virtual void names_each(std::span<const AttemptKey> keys, std::span<std::optional<AttemptNames>> out) = 0;
    /// Of all attempts that have ids.
    virtual std::vector<AttemptNames> all_names(MessageKey key) = 0;
    virtual void blank(MessageKey key, const model::Attempt& attempt) = 0;
};

/// What one idempotency key is to stand for, or stands for.
struct KeyClaim {
    std::string_view application, key;
    MessageKey message;
    std::uint64_t request_hash = 0;
};
struct ClaimedKey {
    MessageId message;
    std::uint64_t request_hash = 0;
    bool is_sound = false;  // the message carries this key
};

class KeyTable {
  public:
    virtual ~KeyTable() = default;
    /// True: it was free, and is taken now. In order: of two that are the same, the second is not.
    virtual std::vector<bool> claim(std::span<const KeyClaim> claims) = 0;
    virtual std::optional<ClaimedKey> find(std::string_view application, std::string_view key) = 0;
    virtual void retake(const KeyClaim& claim) = 0;
    virtual void drop(std::string_view application, std::string_view key, MessageKey message) = 0;
};

// ---- what the policy counts ---------------------------------------------------------------------------------------

class UseReads {
  public:
    virtual ~UseReads() = default;
    /// Uses with at >= from, oldest first, until `visit` answers false. False: some are lost.
    virtual bool visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) = 0;
    /// As model::Ledger::summed. False: some are lost.
    virtual bool summed(model::Scope scope, std::span<const Timestamp> edges,
                        const std::function<bool(const model::Use&)>& visit,
                        const std::function<void(const model::Total&)>& add) = 0;
};

class UseTable : public UseReads {
  public:
    virtual void add(model::Scope scope, const model::Use& use) = 0;
    /// Takes the use away if it is only reserved. False: it is not, or not there.
    virtual bool give_back(model::Scope scope, Timestamp at, MessageKey key) = 0;
    virtual void restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state) = 0;
    /// Drops uses older than `before`, at most `limit` rows changed; goes on where it stopped. How many uses went.
    virtual std::int64_t prune(Timestamp before, int limit) = 0;
    /// When a walk over all scopes has ended since the last call: there is no use from before this.
    virtual std::optional<Timestamp> none_before() = 0;
};

class KindReads {
  public:
    virtual ~KindReads() = default;
    /// Null: there is none, or its row is damaged. Valid until one is dropped.
    virtual const model::Kind* find(model::KindId id) = 0;
    /// The number of a kind, which is used now: made on first use. 0: there is none, and none is made here.
    virtual model::KindId intern(const model::Kind& kind, Timestamp now) = 0;
};

class KindTable : public KindReads {
  public:
    /// Those whose last use was before `before`.
    virtual void drop_unused(Timestamp before) = 0;
};

/// Who waits with whom, for whom, in whose place. Damaged rows are left out.
class RelationTable {
  public:
    virtual ~RelationTable() = default;
    virtual void join(MessageKey key, const SlotHoldings::GroupPlace& place) = 0;
    virtual void leave(MessageKey key, const SlotHoldings::GroupPlace& place) = 0;
    /// Those that wait, by (rank descending, key).
    virtual std::vector<model::Member> members(model::Scope scope) = 0;
    /// Who holds a collapse scope.
    virtual std::optional<MessageKey> holder(model::Scope scope) = 0;
    virtual void hold(model::Scope scope, MessageKey key) = 0;
    virtual void let_go(model::Scope scope, MessageKey key) = 0;
    virtual void carry(MessageKey leader, MessageKey key) = 0;
    virtual void put_down(MessageKey leader, MessageKey key) = 0;
    virtual void put_all_down(MessageKey leader) = 0;
    /// By key. Nothing: one of them is damaged.
    virtual std::optional<std::vector<MessageKey>> carried(MessageKey leader) = 0;
};

// ---- people -------------------------------------------------------------------------------------------------------

/// Names are keys (address/key.hpp) here.
class PeopleTable {
  public:
    virtual ~PeopleTable() = default;
    virtual std::optional<std::string> profile(std::string_view application, std::string_view id) = 0;
    /// True: it is new. `before`: the profile that was there.
    virtual bool put_profile(const Recipient& recipient, std::string_view before) = 0;
    /// True: it existed.
    virtual bool drop_profile(std::string_view application, std::string_view id, std::string_view before) = 0;
    /// Those whose profile was stored with this address.
    virtual std::vector<std::string> owners(std::string_view application, std::string_view address) = 0;

    using VisitWord = std::function<void(std::int64_t number, Stored<model::Consent> word)>;
    /// In the order in which they were written.
    virtual void words(std::string_view application, std::string_view recipient, const VisitWord& visit) = 0;
    virtual void put_word(const model::Consent& consent, std::int64_t number) = 0;
    virtual std::int64_t drop_words(std::string_view application, std::string_view recipient) = 0;  // how many

    /// Of a damaged one the value is as it stands.
    virtual Stored<Timestamp> event(std::string_view application, std::string_view recipient,
                                    std::string_view event) = 0;
    virtual void put_event(std::string_view application, std::string_view recipient, std::string_view event,
                           Timestamp at) = 0;
    virtual std::int64_t drop_events(std::string_view application, std::string_view recipient) = 0;

    using VisitSuppression = std::function<void(Stored<model::Suppression> row)>;
    /// Of the channel and of "*".
    virtual void suppressions(std::string_view channel, std::string_view address, const VisitSuppression& visit) = 0;
    virtual Stored<model::Suppression> suppression(std::string_view channel, std::string_view address,
                                                   model::SuppressionReach reach) = 0;
    virtual void put_suppression(const model::Suppression& row) = 0;
    virtual std::int64_t drop_suppressions(std::string_view channel, std::string_view address) = 0;
    /// A damaged one is absent.
    virtual std::optional<SoftBounces> soft_bounces(std::string_view channel, std::string_view address) = 0;
    virtual void put_soft_bounces(const SoftBounces& row) = 0;
    virtual void drop_soft_bounces(std::string_view address) = 0;  // by whatever channel
    virtual bool has_no_soft_bounces() = 0;
    /// Those at which the last one was before `before`.
    virtual void prune_soft_bounces(Timestamp before) = 0;
    /// What erased addresses are hashed with; empty: nobody was ever erased.
    virtual const std::string& salt() = 0;
    /// As `salt`, which is made when there is none.
    virtual const std::string& need_salt() = 0;
};

/// People who are being forgotten, and messages that are forgotten when they have ended.
class ErasureTable {
  public:
    virtual ~ErasureTable() = default;
    virtual std::vector<std::pair<std::string, std::string>> people() = 0;  // application, name
    virtual void put(std::string_view application, std::string_view name) = 0;
    virtual void drop(std::string_view application, std::string_view name) = 0;
    virtual std::vector<MessageKey> waits() = 0;
    virtual void put_wait(MessageKey key) = 0;
    virtual void drop_wait(MessageKey key) = 0;
};

// ---- reports ------------------------------------------------------------------------------------------------------

/// A provider's id in normal form, and the route that it is of.
struct ProviderIdKey {
    std::string route, id;
    auto operator<=>(const ProviderIdKey&) const = default;
};

class ProviderIdTable {
  public:
    virtual ~ProviderIdTable() = default;
    /// Takes the place of an older one with the same id: providers begin anew.
    virtual void put(const ProviderId& id) = 0;
    virtual void find_each(std::span<const ProviderIdKey> keys, std::span<std::optional<ProviderId>> out) = 0;
    virtual void drop(std::string_view route, std::string_view normal_id, MessageKey key) = 0;
    virtual void put_last_sent(std::int64_t scope, MessageKey key) = 0;
    virtual std::optional<MessageKey> last_sent(std::int64_t scope) = 0;
    virtual void drop_last_sent(std::int64_t scope, MessageKey key) = 0;
    virtual bool is_empty() = 0;
};

class UnmatchedTable {
  public:
    virtual ~UnmatchedTable() = default;
    /// All sound ones with their numbers, oldest first.
    virtual void visit(const std::function<void(std::int64_t number, const model::Report&)>& visit) = 0;
    virtual std::optional<std::int64_t> insert(const model::Report& report, Timestamp noted_at) = 0;
    virtual Stored<model::Report> load(std::int64_t number) = 0;
    virtual void drop(std::int64_t number) = 0;
    virtual std::vector<std::int64_t> older(Timestamp before, int limit) = 0;
    virtual std::vector<std::int64_t> from(std::string_view address) = 0;
};

class FeedTable {
  public:
    virtual ~FeedTable() = default;
    virtual void append(const model::FeedEntry& entry, const std::string& dedupe) = 0;
    /// Its number.
    virtual std::int64_t append(const StateChange& change) = 0;
    virtual std::vector<bool> has_each(std::span<const std::string> dedupes) = 0;
    /// Noted before `before`, and what is beyond the most that are kept; at most `limit` of reports and of changes.
    virtual std::int64_t prune(Timestamp before, int limit) = 0;
    virtual void drop(MessageKey key) = 0;
    /// What belongs to no message.
    virtual void drop_from(std::string_view address) = 0;
    /// Something was appended since the last call.
    virtual bool take_news() = 0;
};

class WebhookTable {
  public:
    virtual ~WebhookTable() = default;
    virtual void put(const WebhookState& state) = 0;
    /// With all that waits there. False: there was none.
    virtual bool drop(std::string_view name) = 0;
    virtual void put_wait(std::string_view name, const WebhookWait& wait) = 0;
    virtual void drop_wait(std::string_view name, std::int64_t number) = 0;
};

/// The hits of each message that has any, and hits that belong to none, by day.
class EngagementTable {
  public:
    virtual ~EngagementTable() = default;
    virtual Stored<Engagement> load(MessageKey message) = 0;
    virtual void put(const Engagement& engagement) = 0;
    virtual void drop(MessageKey message) = 0;
    virtual std::vector<MessageKey> keys(MessageKey after, int limit) = 0;
    virtual void add_totals(std::int64_t day, const HitTotals& totals) = 0;
};

/// Short links, by their codes.
class LinkTable {
  public:
    virtual ~LinkTable() = default;
    virtual bool has(std::string_view code) = 0;
    virtual std::vector<model::ShortLink> of(MessageKey key) = 0;  // the sound ones
    virtual void put(const LinkRow& row) = 0;
    virtual void drop(MessageKey key) = 0;
    virtual void drop_owner(std::int64_t owner) = 0;
    /// Those that expired before `now`, at most `limit`; how many.
    virtual std::int64_t prune(Timestamp now, int limit) = 0;
};

// ---- counts for reports -------------------------------------------------------------------------------------------

class TallyTable {
  public:
    virtual ~TallyTable() = default;
    virtual std::optional<SeriesId> find(const Series& series) = 0;
    /// First counted on `day`.
    virtual SeriesId add(const Series& series, std::int32_t day) = 0;
    /// Adds to what stands there. Once, before the commit.
    virtual void count(const TallyChanges& changes) = 0;
    /// Drops days before `before`, at most `limit`, and series that have none; how many.
    virtual std::int64_t prune(std::int32_t before, int limit) = 0;
};

class TouchTable {
  public:
    virtual ~TouchTable() = default;
    virtual Stored<Touches> load(MessageKey key) = 0;
    virtual void put(const Touches& touches) = 0;
    virtual void drop(MessageKey key) = 0;
    /// Sound ones, by key.
    virtual std::vector<Touches> of(std::string_view application, std::string_view person) = 0;
    virtual void drop_of(std::string_view application, std::string_view person) = 0;
    /// Those whose last one was before `before`; how many.
    virtual std::int64_t prune(Timestamp before, int limit) = 0;
};

/// Persons are keys (address/key.hpp) here.
class ConversionTable {
  public:
    virtual ~ConversionTable() = default;
    /// Sound ones, by number.
    virtual std::vector<KeptConversion> of(std::string_view application, std::string_view person) = 0;
    virtual void put(std::string_view application, std::string_view person, const KeptConversion& conversion) = 0;
    virtual std::int64_t drop_of(std::string_view application, std::string_view person) = 0;  // how many
    virtual std::int64_t prune(Timestamp before, int limit) = 0;                              // how many
};

// ---- small things -------------------------------------------------------------------------------------------------

class SettingTable {
  public:
    virtual ~SettingTable() = default;
    virtual void put(std::string_view name, std::string_view value) = 0;
    virtual void drop(std::string_view name) = 0;

    virtual bool has_bundle(std::string_view revision) = 0;
    virtual void put_bundle(std::string_view revision, std::string_view bundle) = 0;
    /// A message may need it until then.
    virtual void use_revision(std::string_view revision, std::int64_t until_ms) = 0;
    /// Those that no message that is there may need.
    virtual std::vector<std::string> unused_revisions() = 0;
    virtual void drop_revision(std::string_view revision) = 0;

    /// Messages that something is known against: none for one in good standing.
    virtual void put_suspect(MessageKey key, int deaths, bool is_damaged) = 0;
    virtual void drop_suspect(MessageKey key) = 0;
};

/// The lives of the nodes that write here (nodes.hpp).
class NodeTable {
  public:
    virtual ~NodeTable() = default;
    virtual bool is_over(const model::LeaseOwner& life) = 0;
};

class PoolTable {
  public:
    virtual ~PoolTable() = default;
    virtual void insert(const Pool& pool) = 0;
    virtual void drop(PoolId pool) = 0;
    /// The highest id that was ever given, for when its pool is dropped.
    virtual void keep_highest(PoolId highest) = 0;
    /// Moves the counts that stand in the store. Once, before the commit.
    virtual void count(const CountChanges& changes) = 0;
};

class Tables {
  public:
    virtual ~Tables() = default;
    virtual bool has_failed() const = 0;

    virtual MessageTable& messages() = 0;
    virtual StateTable& states() = 0;
    virtual AttemptTable& attempts() = 0;
    virtual KeyTable& keys() = 0;
    virtual UseTable& uses() = 0;
    virtual KindTable& kinds() = 0;
    virtual RelationTable& relations() = 0;
    virtual PeopleTable& people() = 0;
    virtual ErasureTable& erasures() = 0;
    virtual ProviderIdTable& provider_ids() = 0;
    virtual UnmatchedTable& unmatched() = 0;
    virtual FeedTable& feed() = 0;
    virtual EngagementTable& engagements() = 0;
    virtual LinkTable& links() = 0;
    virtual SettingTable& settings() = 0;
    virtual PoolTable& pools() = 0;
    virtual NodeTable& nodes() = 0;
    virtual WebhookTable& webhooks() = 0;
    virtual TallyTable& tallies() = 0;
    virtual TouchTable& touches() = 0;
    virtual ConversionTable& conversions() = 0;
};

}  // namespace chapar::store
