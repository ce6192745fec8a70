#pragma once
// The store: the only place that remembers. This interface knows no SQL; one contract suite runs against every backend.
//
// Writes are asynchronous: they queue to one writer, which group-commits all that waits when a commit begins.
// `done` runs exactly once, on the writer's thread, in the order the writes were submitted, after the commit is on disk
// (or has failed); it must not block and must not call back into a blocking Store function: post to your own executor.
// Reads are synchronous, callable from any thread, see every write whose `done` has run, and never wait for the writer.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "model/ledger.hpp"
#include "model/message.hpp"
#include "model/report.hpp"

namespace chapar::store {

enum class Code {
    unavailable,  // I/O error, disk full, read-only: nothing of this write is on disk; 503 to the caller
    closed,       // the store is shutting down
    not_found,
    wrong_state,   // the message is not in a state in which this is allowed
    corrupt,       // the row's checksum does not match
    incompatible,  // the schema is newer than this program, or not ours
};
constexpr std::string_view error_domain(Code) { return "store"; }

template <class T>
using Done = std::function<void(Result<T>)>;

// ---- accept -------------------------------------------------------------------------------------------------------

struct NewMessage {
    model::Message message;
    std::string idempotency_key;     // empty: none; scoped by application
    std::uint64_t request_hash = 0;  // of the request's bytes; compared when the key is known already
    model::Scope collapse = 0;       // not 0: what still waits under the same scope ends as superseded by this one
    std::string category;            // remembered: consents may name it
};

struct AcceptResult {
    enum class Kind : std::uint8_t { accepted, duplicate, conflict } kind = Kind::accepted;
    MessageId id;  // duplicate and conflict: the id of the first one
};

/// The accepted batch comes back with its results, so that the queue can take the messages without reading them again.
struct AcceptedBatch {
    std::vector<NewMessage> messages;
    std::vector<AcceptResult> results;  // same length and order
};

// ---- lease and settle ---------------------------------------------------------------------------------------------

/// Writes attempt `number` down and moves waiting -> sending. Refused (not an error of the batch) if the message is no
/// longer waiting or its attempts count is not number - 1: that is the fencing token.
struct Lease {
    MessageKey key;
    int number = 1;
    std::string channel;
    std::string route;
    Timestamp at{};
    bool can_wait = false;  // a few hundredths of a second, for others to share the commit
};

/// What becomes of the slots that an attempt reserved.
enum class Slots : std::uint8_t {
    keep,         // as they are: another try of the same channel follows
    give_back,    // nothing left the house, or the channel is over before anything left
    handed_off,   // the provider took it, or may have
    delivered,    // it arrived
    rejected,     // the provider refused it
    undelivered,  // it was taken and came back
};

/// Somebody will report on what an attempt handed over: the ids of its outcome are remembered, and that it went to
/// `address`, so that an answer from there finds it.
struct Tracked {
    std::string route, address;
};

/// Ends attempt `number` and applies the event. Refused if that attempt is not the open one (a stale worker).
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
    std::optional<Timestamp> follow_up;  // sent: look again then (Store::follow_ups)
    std::optional<Tracked> tracked = std::nullopt;
    std::optional<model::Suppression> suppress = std::nullopt;  // written together with it
    std::optional<int> deaths = std::nullopt;  // of the daemon with it in hand, remembered until told 0 (suspects)
    bool can_wait = false;                     // as in Lease
};

/// Moves a message outside of an attempt: cancel, retry, expire, hold, reschedule.
struct Transition {
    MessageKey key;
    std::string application;            // must match unless empty
    std::optional<model::Event> event;  // absent: only reschedule (state stays, must be waiting)
    std::optional<Timestamp> due;
    std::optional<int> step;
    std::vector<model::TraceEntry> trace;
    /// Reschedule only: the message's own times from now on.
    std::optional<Timestamp> send_at = std::nullopt, expires_at = std::nullopt;
    Slots slots = Slots::keep;  // a move out of waiting that ends the message gives its slots back by itself
};

// ---- reads --------------------------------------------------------------------------------------------------------

/// A read of many messages ends with the one whose body makes them this large together, however many were asked for:
/// what is read stands in memory at once.
constexpr std::size_t page_bytes = 16U << 20;

struct Pool {
    PoolId id;
    std::string class_name;
    std::string application;
    std::string campaign;
};

struct PoolDepth {
    Pool pool;
    std::int64_t waiting = 0;
    std::optional<Timestamp> next_due;
};

struct Queued {
    model::Message message;
    model::Progress progress;
};

struct Record {
    model::Message message;
    model::Progress progress;
    std::vector<model::Attempt> attempts;
    std::string idempotency_key;
};

struct InDoubt {
    Queued queued;
    model::Attempt attempt;  // the open one
};

struct ListFilter {
    std::string application;  // empty: all (the operator)
    std::optional<model::State> state;
    std::string class_name, recipient, campaign, tag;
    std::string address;             // canonical; its spellings are one (address/key.hpp)
    std::vector<std::string> names;  // not empty: to one of these, which are ids or addresses
    bool with_copies = false;        // also those that go to `address` or `names` as a copy
    std::string template_name;
    std::string route;                      // that an attempt went by
    std::optional<Timestamp> since, until;  // accepted then or later; before
    std::optional<bool> is_test = std::nullopt;
};

/// Newest first. A page looks at a bounded number of rows: it may be short or empty and still have a `next`.
struct Page {
    std::vector<Record> records;     // without attempts
    std::optional<MessageKey> next;  // continue below this key
};

/// All that one person is known by to an application (person.hpp).
struct Person {
    std::vector<std::string> ids;        // of profiles and messages; also the addresses, which are ids by themselves
    std::vector<std::string> addresses;  // keys
};

/// Where a person is named in a call of this interface, any spelling of an email address and E.164 do; national
/// numbers are the caller's to complete (address::name_of).
struct Recipient {
    std::string application;
    std::string id;
    std::string profile;  // JSON text: email, phone, locale, timezone, attributes
    Timestamp updated_at{};
};

/// What an idempotency key stands for.
struct KnownKey {
    MessageId id;
    std::uint64_t request_hash = 0;
};

/// What became of a report; `message` when it belongs to one.
struct Reported {
    model::Effect effect = model::Effect::unknown;
    std::optional<MessageId> message;
    bool is_new_stop = false;  // its suppression was not in force before
};

/// Which entries of the feed are meant; empty: all.
struct FeedFilter {
    std::string application;
    std::vector<std::string> kinds;  // one of them
    std::string class_name, campaign, tag;
    std::optional<MessageId> message;
};

/// Where somebody who reads the feed stands: behind the entry of this number. Its mark proves that it is of this store.
struct FeedCursor {
    std::int64_t number = 0;
    std::optional<std::uint32_t> mark = std::nullopt;
};

/// Oldest first. A page looks at a bounded number of entries: it may be short or empty and still not be the last.
struct FeedPage {
    std::vector<model::FeedEntry> entries;
    FeedCursor next;          // go on after it
    std::int64_t oldest = 0;  // the first one that is still there, or will be
    bool has_more = false;    // at once
    /// Some between the cursor and the page are gone, or the cursor is of another store: the page begins at the oldest.
    bool missed = false;
};

struct Counts {
    std::int64_t by_state[model::state_count] = {};
};

/// What is asked of a backend. Implementations: sqlite/ (embedded).
class Store {
  public:
    virtual ~Store() = default;

    virtual void accept(std::vector<NewMessage> batch, Done<AcceptedBatch> done) = 0;
    /// One answer per lease, in order: written down, refused, or kept back by the gate. `gate` may be null.
    virtual void lease(std::vector<Lease> batch, std::shared_ptr<model::Gate> gate,
                       Done<std::vector<model::Leased>> done) = 0;
    /// One flag per settlement, in order: applied, or stale.
    virtual void settle(std::vector<Settlement> batch, Done<std::vector<bool>> done) = 0;
    /// The state after it. Errors: not_found, wrong_state.
    virtual void move(Transition transition, Done<model::Progress> done) = 0;
    /// A later word about an attempt, or from a person. Matched by the attempt, else by the provider's id on its route;
    /// what can't be matched yet is kept and matched when an outcome names its id. The first final word stands.
    virtual void report(model::Report report, Done<Reported> done) = 0;
    virtual void put_recipient(Recipient recipient, Done<bool> done) = 0;                         // true: was new
    virtual void delete_recipient(std::string application, std::string id, Done<bool> done) = 0;  // true: existed
    /// Removes profile, consents, events and the personal part of finished messages of all that `person` names; waiting
    /// messages end as cancelled. A salted hash of each address stays suppressed, so that a re-import does not write to
    /// it. What was found, as counts by name. It looks through all messages, so it ends after writes that were
    /// submitted later; a restart goes on with it. Meanwhile nothing is leased to the person; what is on its way is
    /// forgotten when done.
    virtual void erase_person(std::string application, Person person,
                              Done<std::vector<std::pair<std::string, std::int64_t>>> done) = 0;
    virtual void put_consent(model::Consent consent, Done<bool> done) = 0;  // true: it changes what is in force
    virtual void put_event(std::string application, std::string recipient, std::string event, Timestamp at,
                           Done<bool> done) = 0;
    /// Never makes a row weaker (a shorter `until`): that takes an `unsuppress` first.
    virtual void suppress(std::vector<model::Suppression> batch, Done<std::int64_t> done) = 0;  // how many were new
    /// Both reaches, and an erased person's hash of the address.
    virtual void unsuppress(std::string channel, std::string address, Done<bool> done) = 0;  // true: was there
    /// Drops uses older than `before`, which no rule may ask for afterwards, and kinds that nothing names; changes at
    /// most `limit` rows and goes on where it stopped; answers how many uses went.
    virtual void prune_uses(Timestamp before, int limit, Done<std::int64_t> done) = 0;
    /// Drops entries of the feed, and reports that nothing was found for, noted before `before`; at most `limit` of
    /// each.
    virtual void prune_feed(Timestamp before, int limit, Done<std::int64_t> done) = 0;
    /// Kept until no message needs it. `bundle` is opaque here.
    virtual void put_revision(std::string revision, std::string bundle, Done<bool> done) = 0;
    /// Small operator facts that outlive a restart, such as "route.smtp-a.paused".
    virtual void put_setting(std::string name, std::optional<std::string> value, Done<bool> done) = 0;
    /// Reads messages again that are held because their row was damaged while they waited, at most `limit` of them, and
    /// lets those go that prove whole: a disk may fail for a moment. Blocks on reads. Answers how many.
    virtual void read_damaged_again(int limit, Done<std::int64_t> done) = 0;
    /// Deletes finished messages older than `before`, at most `limit`; answers how many.
    virtual void prune(Timestamp before, int limit, Done<std::int64_t> done) = 0;

    virtual Result<Record> find(MessageId id) = 0;
    virtual Result<Page> list(const ListFilter& filter, std::optional<MessageKey> below, int limit) = 0;
    /// Waiting messages of a pool with due <= until, by (due, key), without those in `known` (sorted); damaged rows are
    /// moved to held and left out. Ends after page_bytes.
    virtual Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit,
                                            std::span<const MessageKey> known = {}) = 0;
    /// Every pool that has something waiting. Cheap enough for each start and each scrape of /metrics.
    virtual Result<std::vector<PoolDepth>> pools() = 0;
    /// Attempts that were begun and never ended: only before the first lease of this process. Ends after page_bytes.
    virtual Result<std::vector<InDoubt>> in_doubt(int limit) = 0;
    /// What was last said by Settlement::deaths of messages that may still go.
    virtual Result<std::vector<std::pair<MessageKey, int>>> suspects() = 0;
    virtual Result<std::optional<Recipient>> recipient(std::string_view application, std::string_view id) = 0;
    /// Of messages that were accepted in the last days, as long as uses are kept.
    virtual Result<std::vector<std::string>> categories() = 0;
    /// The message that was accepted with this key, if any.
    virtual Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key) = 0;
    virtual Result<std::optional<std::string>> revision(std::string_view revision) = 0;
    virtual Result<std::vector<std::pair<std::string, std::string>>> settings() = 0;
    virtual Result<Counts> counts() = 0;
    /// Bytes of memory in caches that grow with what is stored, up to a limit of their own.
    virtual std::int64_t cache_bytes() const { return 0; }
    virtual Result<MessageKey> last_key() = 0;
    /// The pool of a message that was just accepted (pools are made on demand by `accept`).
    virtual Result<Pool> pool_of(std::string_view class_name, std::string_view application,
                                 std::string_view campaign) = 0;

    /// Messages of an application that wait, exact to the last commit. From memory: cheap enough for every request.
    virtual std::int64_t waiting(std::string_view application) = 0;
    /// Waiting and held messages whose expires_at is past, at most `limit`. Called about once a minute.
    virtual Result<std::vector<MessageKey>> overdue(Timestamp now, int limit) = 0;

    // ---- policy reads ----
    /// Runs `look` with the ledger as it stands, on the caller's thread over a read connection.
    virtual Result<void> peek(const std::function<void(model::Ledger&)>& look) = 0;
    /// Every word of a person, oldest first.
    virtual Result<std::vector<model::Consent>> consent_history(std::string_view application,
                                                                std::string_view recipient) = 0;
    /// Every event of a person with the last time it happened, by name.
    virtual Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view application,
                                                                          std::string_view recipient) = 0;
    /// By (channel, address), after the given pair.
    virtual Result<std::vector<model::Suppression>> suppressions(std::string_view after_channel,
                                                                 std::string_view after_address, int limit) = 0;
    /// The messages that `leader` carries (Ruling::collect), by key.
    virtual Result<std::vector<model::Message>> collected(MessageKey leader) = 0;
    /// Sent messages whose Settlement::follow_up is past and whose expiry is not. Ends after page_bytes.
    virtual Result<std::vector<Queued>> follow_ups(Timestamp until, int limit) = 0;

    /// What became known, in the order in which it was noted: reports, and each change of a message to a state in which
    /// it rests (or back from there). Ends after page_bytes.
    virtual Result<FeedPage> feed(const FeedFilter& filter, FeedCursor after, int limit) = 0;
    /// Runs `call` after each commit that makes the feed longer, on the writer's thread: it must not block. One at a
    /// time; nothing: nobody is told any more, and none is running.
    virtual void when_fed(std::function<void()> call) = 0;
    /// What became known of one message, and what came from an address without belonging to any; oldest first.
    virtual Result<std::vector<model::FeedEntry>> feed_of(MessageKey message) = 0;
    virtual Result<std::vector<model::FeedEntry>> feed_from(std::string_view address) = 0;

    /// Commits what waits, checkpoints, closes. After it every write ends with Code::closed.
    virtual void close() = 0;
};

/// A message's move that no Settlement said: cancelled, expired, suppressed, superseded, moved by a receipt, held.
struct Moved {
    MessageId id;
    model::State before = model::State::waiting, now = model::State::waiting;
    std::optional<model::TraceEntry> why;  // the newest decision in its trace
    Timestamp at{};
};

struct SqliteOptions {
    std::string path;
    std::string country = {};  // ISO 3166, of numbers that an earlier version kept as they were written
    int reader_connections = 2;
    int max_batch = 4096;                  // writes in one commit
    int search_run = 16384;                // messages in one run of the search index
    std::int64_t checkpoint_pages = 2048;  // WAL pages before a checkpoint, when the last one is two seconds ago
    std::int64_t most_wal_pages = 10240;   // WAL pages before a checkpoint
    /// FULL in production. OFF exists for the power-loss suite's negative control and is not reachable from the
    /// configuration.
    bool unsafe_no_sync = false;
    /// Told of such moves after their commit, on the writer's thread: it must not block. Nothing: nobody wants to know.
    std::function<void(std::vector<Moved>)> moved = {};
    std::function<void()> fed = {};  // as Store::when_fed, for good
};
Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, const Clock& clock);

}  // namespace chapar::store
