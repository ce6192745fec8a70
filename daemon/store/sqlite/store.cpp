// The embedded store: puts the group commit, readers, checkpointer and counters together. See store.hpp for what it
// promises.

#include <algorithm>
#include <limits>
#include <span>
#include <thread>
#include <unordered_set>

#include "base/log.hpp"
#include "store/backup.hpp"
#include "store/engine/writes.hpp"
#include "store/person.hpp"
#include "store/rules/transactions.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/erasure_scan.hpp"
#include "store/sqlite/file_lock.hpp"
#include "store/sqlite/indexer.hpp"
#include "store/sqlite/journal_start.hpp"
#include "store/sqlite/live_rebuild.hpp"
#include "store/sqlite/schema.hpp"

namespace chapar::store {
namespace {

using namespace sqlite;

/// Memory is counted on the side of the process that has the fewest connections: the writer gets the large cache.
constexpr const char* writer_setup =
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 8388608";
constexpr const char* unsafe_writer_setup =
    "PRAGMA synchronous = OFF; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0; "
    "PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 8388608";
constexpr const char* indexer_setup = "PRAGMA query_only = ON; PRAGMA cache_size = -1024; PRAGMA temp_store = MEMORY";
constexpr const char* reader_setup = "PRAGMA query_only = ON; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY";
constexpr const char* checkpointer_setup =
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -256; PRAGMA wal_autocheckpoint = 0";
constexpr const char* unsafe_checkpointer_setup =
    "PRAGMA synchronous = OFF; PRAGMA cache_size = -256; PRAGMA wal_autocheckpoint = 0";

constexpr std::int64_t page_size = 2048;  // of a new store
constexpr const char* highest_key_sql =
    "SELECT coalesce((SELECT expires FROM live WHERE pool = -2 AND due = 0 AND key = 1001), "
    "(SELECT max(key) FROM progress), 0)";

Result<std::unique_ptr<Connection>> connect(const std::string& path, Access access, const char* setup) {
    auto connection = Connection::open(path, access);
    if (connection && !(*connection)->run(setup)) return std::unexpected((*connection)->error());
    return connection;
}

/// Everything here rests on it: readers beside the writer, and commits that outlive a crash.
Result<bool> use_wal(Connection& connection) {
    std::string mode;
    {
        Statement statement(connection, "PRAGMA journal_mode = WAL");
        auto rows = statement.query();
        // The mode is answered before it is written: only the end of the statement says that it holds.
        while (rows.next())
            mode = rows.bytes(0);
    }
    if (connection.fault() != 0) return std::unexpected(connection.error());
    if (mode == "wal") return true;
    return fail(Code::unavailable, "the database can't use a write-ahead log here (journal_mode is " + mode +
                                       "): its filesystem may not allow shared memory");
}

class SqliteStore final : public engine::Writes {
  public:
    SqliteStore(const SqliteOptions& options, const Clock& clock, FileLock lock)
        : Writes(clock), options_(options), lock_(std::move(lock)) {}
    ~SqliteStore() override { close(); }
    Result<bool> start(const std::optional<JournalOptions>& journal);

    void erase_person(std::string application, Person person, Done<ErasureScan::Counts> done) override {
        erasures_->erase(application, marked_names(person), std::move(done));
    }
    void read_damaged_again(int limit, Done<std::int64_t> done) override;

    Result<Record> find(MessageId id) override {
        return readers_.with([&](Reader& reader) { return reader.find(id); });
    }
    Result<Page> list(const ListFilter& filter, std::optional<MessageKey> below, int limit) override {
        Damage damage;
        const MessageKey top{std::numeric_limits<std::int64_t>::max()};
        auto page = readers_.with(
            [&](Reader& reader) { return reader.list(filter, below.value_or(top), limit, counters_, damage); });
        note_damage(damage);
        return page;
    }
    Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit,
                                    std::span<const MessageKey> known) override {
        Damage damage;
        auto out = readers_.with([&](Reader& reader) { return reader.due(pool, until, limit, known, damage); });
        note_damage(damage);
        return out;
    }
    Result<std::vector<PoolDepth>> pools() override {
        auto out = counters_.waiting();
        if (out.unknown.empty()) return std::move(out.pools);
        const auto filled = readers_.with([&](Reader& reader) { return reader.fill_next_due(out); });
        if (!filled) return std::unexpected(filled.error());
        counters_.learn(out);
        return std::move(out.pools);
    }
    Result<std::vector<Orphan>> orphans(int limit) override {
        Damage damage;
        auto out = readers_.with(
            [&](Reader& reader) { return reader.orphans(counters_.sending(), joined_.owner, limit, damage); });
        note_damage(damage);
        return out;
    }
    Result<std::vector<std::pair<MessageKey, int>>> suspects() override {
        return readers_.with([](Reader& reader) { return reader.suspects(); });
    }
    Result<std::optional<Recipient>> recipient(std::string_view application, std::string_view id) override {
        return readers_.with([&](Reader& reader) { return reader.recipient(application, id); });
    }
    Result<std::vector<std::string>> categories() override {
        return readers_.with([](Reader& reader) { return reader.categories(); });
    }
    Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key) override {
        return readers_.with([&](Reader& reader) { return reader.known_key(application, key); });
    }
    Result<std::optional<std::string>> revision(std::string_view name) override {
        return readers_.with([&](Reader& reader) { return reader.revision(name); });
    }
    Result<std::vector<std::pair<std::string, std::string>>> settings() override {
        return readers_.with([](Reader& reader) { return reader.settings(); });
    }
    std::int64_t cache_bytes() const override { return sqlite::cache_bytes(); }
    Joined joined() const override { return joined_; }
    /// No other node writes here (FileLock), and the next life knows that this one is over.
    void beat(Done<std::int64_t> done) override { done(std::int64_t{0}); }
    Result<std::vector<MessageKey>> overdue(Timestamp now, int limit) override {
        const std::lock_guard lock(overdue_mutex_);
        return readers_.with([&](Reader& reader) { return reader.overdue(now, limit, overdue_); });
    }
    Result<void> peek(const std::function<void(model::Ledger&)>& look) override {
        return readers_.with([&](Reader& reader) { return reader.peek(look); });
    }
    Result<std::vector<model::Consent>> consent_history(std::string_view application,
                                                        std::string_view recipient) override {
        return readers_.with([&](Reader& reader) { return reader.consent_history(application, recipient); });
    }
    Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view application,
                                                                  std::string_view recipient) override {
        return readers_.with([&](Reader& reader) { return reader.events(application, recipient); });
    }
    Result<std::vector<model::Suppression>> suppressions(std::string_view after_channel, std::string_view after_address,
                                                         int limit) override {
        return readers_.with([&](Reader& reader) { return reader.suppressions(after_channel, after_address, limit); });
    }
    Result<std::vector<model::Message>> collected(MessageKey leader) override {
        return readers_.with([&](Reader& reader) { return reader.collected(leader); });
    }
    Result<std::vector<Queued>> follow_ups(Timestamp until, int limit) override {
        Damage damage;
        auto out = readers_.with([&](Reader& reader) { return reader.follow_ups(until, limit, damage); });
        note_damage(damage);
        return out;
    }
    Result<FeedPage> feed(const FeedFilter& filter, FeedCursor after, int limit) override {
        return readers_.with([&](Reader& reader) { return reader.feed(filter, after, limit); });
    }
    Result<std::vector<model::FeedEntry>> feed_of(MessageKey message) override {
        return readers_.with([&](Reader& reader) { return reader.feed_of(message); });
    }
    Result<std::vector<HitFacts>> hit_facts(std::span<const MessageKey> messages) override {
        return readers_.with([&](Reader& reader) { return reader.hit_facts(messages); });
    }
    Result<std::optional<Engagement>> engagement(MessageKey message) override {
        return readers_.with([&](Reader& reader) { return reader.engagement(message); });
    }
    Result<std::vector<Engagement>> engagements(MessageKey after, int limit) override {
        return readers_.with([&](Reader& reader) { return reader.engagements(after, limit); });
    }
    Result<std::vector<DayTotals>> hit_totals(std::int64_t from_day) override {
        return readers_.with([&](Reader& reader) { return reader.hit_totals(from_day); });
    }
    Result<std::vector<model::FeedEntry>> feed_from(std::string_view address) override {
        return readers_.with([&](Reader& reader) { return reader.feed_from(address); });
    }
    Result<std::vector<WebhookState>> webhooks() override {
        return readers_.with([](Reader& reader) { return reader.webhooks(); });
    }
    Result<std::vector<WebhookWait>> webhook_waits(std::string_view name) override {
        return readers_.with([&](Reader& reader) { return reader.webhook_waits(name); });
    }
    Result<std::int64_t> feed_end() override {
        return readers_.with([](Reader& reader) { return reader.feed_end(); });
    }
    Result<std::int64_t> feed_before(Timestamp since) override {
        return readers_.with([&](Reader& reader) { return reader.feed_before(since); });
    }
    Result<std::optional<model::FoundLink>> find_short(std::string_view code) override {
        return readers_.with([&](Reader& reader) { return reader.find_short(code); });
    }
    Result<std::vector<model::ShortLink>> short_links_of(MessageKey message) override {
        return readers_.with([&](Reader& reader) { return reader.short_links_of(message); });
    }
    Result<std::vector<PersonConversions>> conversions(std::string_view only,
                                                       const std::pair<std::string, std::string>& after,
                                                       int limit) override {
        return readers_.with([&](Reader& reader) { return reader.conversions(only, after, limit); });
    }
    Result<PersonConversions> conversions_of(std::string_view application, std::string_view person) override {
        return readers_.with([&](Reader& reader) { return reader.conversions_of(application, person); });
    }
    Result<void> tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit) override {
        return readers_.with([&](Reader& reader) { return reader.tallies(filter, visit); });
    }
    void close() override;

  private:
    void note_damage(const Damage& damage);
    std::vector<MessageKey> read_anew(const std::vector<MessageKey>& keys) const;
    void forget_damage(const std::vector<MessageKey>& whole);
    bool load_counters(Connection& connection);

    SqliteOptions options_;
    FileLock lock_;
    Joined joined_;
    ReaderPool readers_;
    std::unique_ptr<Checkpointer> checkpointer_;
    std::unique_ptr<Audit> audit_;
    std::unique_ptr<SqliteDatabase> database_;
    std::unique_ptr<ErasureScan> erasures_;
    std::unique_ptr<Indexer> indexer_;
    std::mutex closing_;  // guards closed_; held while closing, so that the second caller waits for the first
    bool closed_ = false;
    std::mutex overdue_mutex_;  // guards overdue_; one sweep at a time
    LiveCursor overdue_;
    std::mutex damaged_mutex_;  // guards what follows
    std::unordered_set<MessageKey> known_damaged_;
    MessageKey looked_until_;  // read_damaged_again goes on behind it
};

Result<bool> SqliteStore::start(const std::optional<JournalOptions>& journal) {
    const bool safe = !options_.unsafe_no_sync;
    Life life;
    const char* setup = safe ? writer_setup : unsafe_writer_setup;
    {
        auto first = connect(options_.path, Access::create, "PRAGMA page_size = 2048");
        if (!first) return std::unexpected(first.error());
        if (auto walled = use_wal(**first); !walled) return walled;
        if (!(*first)->run(setup)) return std::unexpected((*first)->error());
        if (auto ready = bring_up(**first, options_.country, options_.zone); !ready) return ready;
        const auto begun = begin_life(**first);
        if (!begun) return std::unexpected(begun.error());
        life = *begun;
        // What the last process left in the WAL goes into the database before anything new is answered.
        (*first)->run("PRAGMA wal_checkpoint(TRUNCATE)");
        if (!load_counters(**first)) return std::unexpected((*first)->error());
        const auto highest = (*first)->number(highest_key_sql);
        if (!highest) return std::unexpected((*first)->error());
        joined_ = {{NodeId{0}, life.epoch}, MessageKey{*highest}};
    }
    for (int i = 0; i < std::max(options_.reader_connections, 1); ++i) {
        auto connection = connect(options_.path, Access::read, reader_setup);
        if (!connection) return std::unexpected(connection.error());
        auto reader = std::make_unique<Reader>(std::move(*connection));
        if (reader->connection().fault() != 0) return std::unexpected(reader->connection().error());
        readers_.add(std::move(reader));
    }
    auto folding = connect(options_.path, Access::write, safe ? checkpointer_setup : unsafe_checkpointer_setup);
    if (!folding) return std::unexpected(folding.error());
    // A store of an earlier version has larger pages; the log has as many bytes.
    const std::int64_t times =
        std::max<std::int64_t>(1, (*folding)->number("PRAGMA page_size").value_or(page_size) / page_size);
    checkpointer_ = std::make_unique<Checkpointer>(std::move(*folding), options_.checkpoint_pages / times,
                                                   options_.most_wal_pages / times);
    audit_ = std::make_unique<Audit>([path = options_.path] { return connect(path, Access::read, reader_setup); });
    auto reconnect = [path = options_.path, setup, safe] {
        return connect(path, safe ? Access::append : Access::write, setup);
    };
    auto database = SqliteDatabase::open(std::move(reconnect), options_.path, clock_,
                                         {counters_, *checkpointer_, *audit_, readers_, life});
    if (!database) return std::unexpected(database.error());
    database_ = std::move(*database);
    begin_writing(*database_,
                  {options_.max_batch, options_.moved, options_.fed, options_.country, options_.zone, joined_.owner});
    if (journal) {
        auto looking = connect(options_.path, Access::read, reader_setup);
        if (!looking) return std::unexpected(looking.error());
        const auto identity = read_identity(**looking);
        looking->reset();
        if (!identity) return std::unexpected(identity.error());
        if (auto kept = keep_journal(*database_, commit(), options_.path, *identity, journal->keep); !kept) return kept;
    }
    erasures_ = std::make_unique<ErasureScan>(
        [path = options_.path] { return connect(path, Access::read, reader_setup); }, commit(), options_.country);
    erasures_->resume();
    audit_->start(commit());
    indexer_ = std::make_unique<Indexer>([path = options_.path] { return connect(path, Access::read, indexer_setup); },
                                         commit(), clock_, options_.search_run);
    return true;
}

/// Nobody waits yet, so what can't be read is made anew at once.
bool SqliteStore::load_counters(Connection& connection) {
    const auto load = [&] {
        const auto counts = read_counts(connection);
        if (counts) counters_.load(*counts, clock_.monotonic());
        return counts.has_value();
    };
    if (load()) return true;
    if (!connection.forgive_corruption()) return false;
    connection.run("BEGIN IMMEDIATE");
    rebuild_live(connection);
    connection.run("COMMIT");
    return connection.fault() == 0 && load();
}

void SqliteStore::close() {
    const std::lock_guard lock(closing_);
    if (closed_) return;
    closed_ = true;
    if (erasures_) erasures_->stop();
    if (audit_) audit_->begin_stop();
    if (indexer_) indexer_->begin_stop();
    end_writing();
    if (indexer_) indexer_->stop();
    if (audit_) audit_->stop();
    if (checkpointer_) checkpointer_->stop();
    readers_.close();
    if (!is_writing()) return;
    database_.reset();
    auto last = connect(options_.path, Access::write, checkpointer_setup);
    if (last) fold_tallies(**last);
    if (!last || !(*last)->run("PRAGMA wal_checkpoint(TRUNCATE)"))
        log::warning("store.checkpoint_failed",
                     "the write-ahead log stays beside the database; the next start reads it");
}

/// Those of `keys` that read whole over a new connection. A disk that fails for a moment looks like damage: it gets a
/// few tries, some time apart.
std::vector<MessageKey> SqliteStore::read_anew(const std::vector<MessageKey>& keys) const {
    std::vector<MessageKey> out;
    for (int tries = 0; tries < 3 && out.size() < keys.size(); ++tries) {
        if (tries != 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        auto connection = connect(options_.path, Access::read, reader_setup);
        if (!connection) continue;
        Reader reader(std::move(*connection));
        if (auto whole = reader.whole(keys); whole && whole->size() > out.size()) out = std::move(*whole);
    }
    return out;
}

void SqliteStore::forget_damage(const std::vector<MessageKey>& whole) {
    const std::lock_guard lock(damaged_mutex_);
    for (const MessageKey key : whole)
        known_damaged_.erase(key);
}

void SqliteStore::read_damaged_again(int limit, Done<std::int64_t> done) {
    MessageKey after;
    {
        const std::lock_guard lock(damaged_mutex_);
        after = looked_until_;
    }
    const auto keys = readers_.with([&](Reader& reader) { return reader.held_damaged(after, limit); });
    if (!keys) return done(std::unexpected(keys.error()));
    auto whole = keys->empty() ? std::vector<MessageKey>() : read_anew(*keys);
    forget_damage(whole);
    {
        const std::lock_guard lock(damaged_mutex_);
        looked_until_ = static_cast<int>(keys->size()) < limit ? MessageKey{0} : keys->back();
    }
    if (whole.empty()) return done(std::int64_t{0});
    const auto weight = whole.size();
    commit().submit<std::int64_t>(weight, std::move(done), [whole = std::move(whole)](rules::Unit& unit) {
        std::int64_t released = 0;
        for (const MessageKey key : whole)
            released += rules::release_whole(unit, key) ? 1 : 0;
        return released;
    });
}

/// Each damaged message is reported to the writer once: a reader meets it again until the writer has held it.
void SqliteStore::note_damage(const Damage& damage) {
    std::vector<MessageKey> fresh;
    {
        const std::lock_guard lock(damaged_mutex_);
        std::copy_if(damage.messages.begin(), damage.messages.end(), std::back_inserter(fresh),
                     [&](MessageKey key) { return known_damaged_.insert(key).second; });
    }
    if (!fresh.empty()) {
        const auto whole = read_anew(fresh);
        const auto is_whole = [&](MessageKey key) { return std::ranges::find(whole, key) != whole.end(); };
        if (!whole.empty()) forget_damage(whole);
        std::erase_if(fresh, is_whole);
    }
    for (const MessageKey key : fresh)
        log::error("store.row_damaged", "the stored message with key {} is damaged; it is held and not sent",
                   log::Field("key", key.value));
    audit_->report(damage.states, damage.entries, damage.unreadable);
    if (fresh.empty()) return;
    const std::size_t weight = fresh.size();
    commit().submit<bool>(weight, Done<bool>{}, [keys = std::move(fresh)](rules::Unit& unit) {
        for (const MessageKey key : keys)
            rules::hold_damaged(unit, key, "the stored row is damaged");
        return true;
    });
}

Result<std::unique_ptr<Store>> open(const SqliteOptions& options, const Clock& clock,
                                    const std::optional<JournalOptions>& journal) {
    auto lock = FileLock::take(options.path);
    if (!lock) return std::unexpected(lock.error());
    auto store = std::make_unique<SqliteStore>(options, clock, std::move(*lock));
    if (auto started = store->start(journal); !started) return std::unexpected(started.error());
    return store;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, const Clock& clock) {
    return open(options, clock, std::nullopt);
}

Result<std::unique_ptr<Store>> open_sqlite(const SqliteOptions& options, const Clock& clock,
                                           const JournalOptions& journal) {
    return open(options, clock, journal);
}

}  // namespace chapar::store
