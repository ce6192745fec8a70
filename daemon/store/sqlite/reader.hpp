#pragma once
// Reads over read-only connections. Each reader is used by one thread at a time; the pool hands them out.
// A read never waits for the writer, only for another read when all readers are out.

#include <condition_variable>
#include <mutex>
#include <vector>

#include "store/attribution.hpp"
#include "store/engine/counters.hpp"
#include "store/links.hpp"
#include "store/messages.hpp"
#include "store/reports.hpp"
#include "store/sqlite/live.hpp"
#include "store/sqlite/read_policy.hpp"
#include "store/sqlite/search.hpp"
#include "store/sqlite/tables_webhooks.hpp"
#include "store/statistics.hpp"

namespace chapar::store::sqlite {

/// What a read found damaged; the writer is told.
struct Damage {
    std::vector<MessageKey> messages;  // to be held: their states are sound
    std::vector<MessageKey> states;    // whose rows of states can't be believed
    std::vector<LiveEntry> entries;    // of `live`, that agree with no row
    bool unreadable = false;           // SQLite could not read a page or a row
};

/// Where a walk over `live` goes on.
struct LiveCursor {
    LiveEntry last = start();
    static LiveEntry start();
};

class Reader {
  public:
    explicit Reader(std::unique_ptr<Connection> connection);

    Result<Record> find(MessageId id);
    Result<Page> list(const ListFilter& filter, MessageKey below, int limit, const engine::Counters& counters,
                      Damage& damage);
    Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit, std::span<const MessageKey> known,
                                    Damage& damage);
    /// Of these pools, what is not in hand of `living`.
    Result<std::vector<Orphan>> orphans(const std::vector<PoolId>& pools, model::LeaseOwner living, int limit,
                                        Damage& damage);
    /// Goes on where the last call stopped, over a bounded number of rows.
    Result<std::vector<MessageKey>> overdue(Timestamp now, int limit, LiveCursor& cursor);
    Result<bool> fill_next_due(engine::Counters::Waiting& waiting);
    Result<std::optional<Recipient>> recipient(std::string_view application, std::string_view id);
    Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key);
    Result<std::optional<std::string>> revision(std::string_view name);
    Result<std::vector<std::string>> categories();
    Result<std::vector<std::pair<std::string, std::string>>> settings();
    Result<std::vector<std::pair<MessageKey, int>>> suspects();
    Result<std::vector<MessageKey>> held_damaged(MessageKey after, int limit);
    /// Those whose message reads whole. A reader over a new connection asks the file and not its own cache.
    Result<std::vector<MessageKey>> whole(const std::vector<MessageKey>& keys);
    // ---- policy ----
    Result<void> peek(const std::function<void(model::Ledger&)>& look);
    Result<std::vector<model::Consent>> consent_history(std::string_view application, std::string_view recipient);
    Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view application,
                                                                  std::string_view recipient);
    Result<std::vector<model::Suppression>> suppressions(std::string_view after_channel, std::string_view after_address,
                                                         int limit);
    Result<std::vector<model::Message>> collected(MessageKey leader);
    Result<std::vector<Queued>> follow_ups(Timestamp until, int limit, Damage& damage);
    Result<FeedPage> feed(const FeedFilter& filter, FeedCursor after, int limit);
    Result<std::vector<model::FeedEntry>> feed_of(MessageKey message);
    Result<std::vector<model::FeedEntry>> feed_from(std::string_view address);
    Result<std::optional<model::FoundLink>> find_short(std::string_view code);
    Result<std::vector<model::ShortLink>> short_links_of(MessageKey message);

    Result<std::vector<WebhookState>> webhooks() {
        return seen([&] { return webhooks_.all(); });
    }
    Result<std::vector<WebhookWait>> webhook_waits(std::string_view name) {
        return seen([&] { return webhooks_.waits(name); });
    }
    Result<std::int64_t> feed_end() {
        return seen([&] { return webhooks_.feed_end(); });
    }
    Result<std::int64_t> feed_before(Timestamp since) {
        return seen([&] { return webhooks_.feed_before(since); });
    }
    Result<std::vector<HitFacts>> hit_facts(std::span<const MessageKey> messages);
    Result<std::optional<Engagement>> engagement(MessageKey message);
    Result<std::vector<Engagement>> engagements(MessageKey after, int limit);
    Result<std::vector<DayTotals>> hit_totals(std::int64_t from_day);
    Result<std::vector<PersonConversions>> conversions(std::string_view only,
                                                       const std::pair<std::string, std::string>& after, int limit);
    Result<PersonConversions> conversions_of(std::string_view application, std::string_view person);
    Result<void> tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit);

    Connection& connection() { return *connection_; }

  private:
    /// One consistent view over several statements; also where a fault of the previous read is forgotten.
    class Snapshot {
      public:
        explicit Snapshot(Reader& reader) : reader_(reader) {
            reader_.connection_->clear_fault();
            reader_.begin_.run();
        }
        ~Snapshot() {
            reader_.connection_->clear_fault();
            reader_.end_.run();
            reader_.connection_->clear_fault();
        }
        Snapshot(const Snapshot&) = delete;
        Snapshot& operator=(const Snapshot&) = delete;

      private:
        Reader& reader_;
    };
    /// What `look` answers over one view.
    template <class Look>
    auto seen(Look look) -> Result<decltype(look())> {
        const Snapshot snapshot(*this);
        auto out = look();
        if (connection_->fault() != 0) return std::unexpected(connection_->error());
        return out;
    }
    enum class Found { sound, missing, damaged };
    /// The answer after a fault.
    std::unexpected<Error> broken(Damage& damage);
    Found message(MessageKey key, model::Message& out, std::string* idempotency_key = nullptr);
    Found progress(MessageKey key, model::Progress& out, PoolId& pool, model::LeaseOwner* owner = nullptr);
    void attempts(MessageKey key, std::vector<model::Attempt>& out);
    void receipts(MessageKey key, model::Attempt& attempt);
    struct FeedWalk;
    /// The entry of the number is there, and is another one.
    bool is_of_another_store(FeedCursor cursor);
    void show(FeedWalk& walk, model::FeedEntry entry);
    void show(FeedWalk& walk, const StateChange& change);
    /// What the entry's message says of itself.
    void fill(FeedWalk& walk, model::FeedEntry& entry, model::Message& message);
    bool is_meant(const FeedFilter& filter, const model::FeedEntry& entry);
    /// The words of the decision or the attempt that a change came from.
    void fill_cause(const StateChange& change, const model::Message& message, model::FeedEntry& entry);
    HitFacts facts_of(MessageKey key);
    std::optional<Engagement> hits_of(MessageKey key);
    bool matches(MessageKey key, const ListFilter& filter, bool pool_is_known);
    bool has_attempt(MessageKey key);
    bool was_tried_by(MessageKey key, const std::string& route);
    struct Walk;
    /// Over the rows, newest first, above `floor`. False: the page is full, or enough rows were looked at.
    bool walk_rows(Walk& walk, MessageKey floor);
    /// Over the runs of the search index.
    bool walk_runs(Walk& walk, const std::vector<std::int64_t>& terms);
    /// The keys of a run with `term` and below `walk.below`, newest first.
    std::vector<MessageKey> keys_in(const SearchRun& run, std::int64_t term, MessageKey below);
    /// Those with any of `terms`. The second: there may be more below them.
    std::pair<std::vector<MessageKey>, bool> keys_with(const SearchRun& run, const std::vector<std::int64_t>& terms,
                                                       MessageKey below);
    bool late_keys(const SearchRun& run, std::int64_t term, MessageKey below, std::vector<MessageKey>& keys);
    /// Reads the message and keeps it when it fits.
    void show(Walk& walk, MessageKey key);
    struct OrphanWalk;
    bool orphans_of(PoolId pool, OrphanWalk& walk);

    std::unique_ptr<Connection> connection_;
    Statement begin_, end_;
    Statement message_, progress_, attempts_, due_, sending_, list_, narrow_;
    Statement overdue_, next_due_, recipient_, known_key_, revision_, settings_;
    Statement suspects_, held_damaged_;
    Statement consents_, events_, suppressions_, collected_, follow_ups_;
    Statement search_last_, search_runs_, search_chunks_, search_late_, tried_by_;
    Statement provider_id_, feed_, change_, feed_next_, feed_newest_, feed_mark_, feed_owner_, feed_of_, feed_from_;
    Statement categories_, engagement_, engagements_, hit_totals_, short_link_, short_links_of_;
    ReadPolicy policy_;
    WebhookReads webhooks_;
};

class ReaderPool {
  public:
    void add(std::unique_ptr<Reader> reader);
    /// Waits for those that are out, then closes all.
    void close();

    /// Runs `read(Reader&)`; Code::closed after `close`.
    template <class Fn>
    auto with(Fn read) -> decltype(read(std::declval<Reader&>())) {
        const Lent reader(*this);
        if (!reader.get()) return fail(Code::closed, "the store is closed");
        return read(*reader.get());
    }

    /// Hands none out until `resume`, and waits for those that are out, but not longer than `limit`. False: one is out.
    bool pause(Milliseconds limit);
    void resume();

  private:
    /// A reader that comes back, also when the read throws.
    class Lent {
      public:
        explicit Lent(ReaderPool& pool) : pool_(pool), reader_(pool.take()) {}
        ~Lent() {
            if (reader_) pool_.give_back(std::move(reader_));
        }
        Lent(const Lent&) = delete;
        Lent& operator=(const Lent&) = delete;
        Reader* get() const { return reader_.get(); }

      private:
        ReaderPool& pool_;
        std::unique_ptr<Reader> reader_;
    };

    std::unique_ptr<Reader> take();
    void give_back(std::unique_ptr<Reader> reader);

    std::mutex mutex_;  // guards what follows
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Reader>> free_;
    std::size_t out_ = 0;
    bool closed_ = false, paused_ = false;
};

}  // namespace chapar::store::sqlite
