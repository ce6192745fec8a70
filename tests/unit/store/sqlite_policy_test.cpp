// The embedded store's files: brought up from schema 1, damaged in what the policy reads, on a disk that refuses.

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <random>

#include "gates.hpp"
#include "older_store.hpp"
#include "store/rows/rows.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;
using model::UseState;

/// As the first version of this program made it.
constexpr const char* schema_1 = R"sql(
BEGIN IMMEDIATE;
CREATE TABLE message (
    key INTEGER PRIMARY KEY,
    tail INTEGER NOT NULL,
    application TEXT NOT NULL,
    class TEXT NOT NULL,
    recipient TEXT NOT NULL,
    campaign TEXT NOT NULL,
    tags TEXT NOT NULL,
    accepted_at INTEGER NOT NULL,
    send_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    sum INTEGER NOT NULL,
    plan TEXT NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE TABLE progress (
    key INTEGER PRIMARY KEY,
    state INTEGER NOT NULL,
    step INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due INTEGER NOT NULL,
    pool INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    sum INTEGER NOT NULL,
    trace TEXT NOT NULL
) STRICT;
CREATE INDEX progress_waiting ON progress (state, pool, due) WHERE state = 0;
CREATE INDEX progress_expiring ON progress (expires) WHERE state IN (0, 7);
CREATE TABLE attempt (
    key INTEGER NOT NULL,
    number INTEGER NOT NULL,
    channel TEXT NOT NULL,
    route TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    verdict INTEGER NOT NULL,
    blame INTEGER NOT NULL,
    retry_after INTEGER,
    provider_id TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    sum INTEGER NOT NULL,
    PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_open ON attempt (key, number) WHERE finished_at IS NULL;
CREATE TABLE pool (
    id INTEGER PRIMARY KEY,
    class TEXT NOT NULL,
    application TEXT NOT NULL,
    campaign TEXT NOT NULL,
    UNIQUE (class, application, campaign)
) STRICT;
CREATE TABLE idempotency (
    application TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    key INTEGER NOT NULL,
    request_hash INTEGER NOT NULL,
    PRIMARY KEY (application, idempotency_key)
) STRICT, WITHOUT ROWID;
CREATE TABLE recipient (
    application TEXT NOT NULL,
    id TEXT NOT NULL,
    profile TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (application, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE revision (
    name TEXT PRIMARY KEY,
    bundle BLOB,
    messages INTEGER NOT NULL
) STRICT;
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x43485052;
PRAGMA user_version = 1;
COMMIT;
)sql";

class PolicyFile : public testing::Test {
  protected:
    std::string path() const { return (directory.path() / "store.db").string(); }
    void open() { open(clock); }
    void open(const Clock& with) {
        SqliteOptions options;
        options.path = path();
        auto opened = open_sqlite(options, with);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void close() {
        store->close();
        store.reset();
    }
    /// On the closed file.
    void run(const std::string& statement) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
        char* why = nullptr;
        EXPECT_EQ(sqlite3_exec(db, statement.c_str(), nullptr, nullptr, &why), SQLITE_OK) << why;
        sqlite3_close(db);
    }
    std::string ask(const std::string& query) const {
        std::string out;
        sqlite3* db = nullptr;
        sqlite3_open(path().c_str(), &db);
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(db, query.c_str(), -1, &statement, nullptr);
        if (statement != nullptr && sqlite3_step(statement) == SQLITE_ROW)
            out.assign(static_cast<const char*>(sqlite3_column_blob(statement, 0)),
                       static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return out;
    }
    /// Uses of one scope, which fill it.
    void fill(model::Scope scope, int count) {
        for (int i = 0; i < count; ++i) {
            clock.advance(std::chrono::seconds(1));
            ASSERT_TRUE(driver.lease(*store, driver.accept_one(*store), 1, taking({scope})).granted);
        }
    }
    /// Brings the chunks up to date, so that they can be looked at in the file.
    void merge() {
        wait_for<std::int64_t>([&](auto done) { store->prune_uses(Timestamp{}, 1'000, done); });
    }
    State lease_under(const std::shared_ptr<model::Gate>& gate) {
        const auto id = driver.accept_one(*store);
        const auto answer = driver.lease(*store, id, 1, gate);
        return answer.granted ? State::sending : answer.state.value_or(State::failed);
    }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
};

/// A message with its state, as the first version wrote them.
void insert_old(const std::string& path, const model::Message& message) {
    const auto plan = model::encode_plan(message.plan);
    const auto tags = model::encode_tags(message.tags);
    const auto row = to_row(message, plan, tags, "");
    model::Progress progress;
    progress.due = message.send_at;
    const ProgressColumns columns{.pool = PoolId{1}, .expires = row.expires_at, .slots = {}};
    const auto moving = to_row(message.id.key(), columns, progress);
    auto connection = sqlite::Connection::open(path, sqlite::Access::write);
    ASSERT_TRUE(connection.has_value());
    (*connection)->run("INSERT INTO pool VALUES (1, 'transactional', 'shop', 'spring')");
    sqlite::Statement put(**connection,
                          "INSERT INTO message (key, tail, application, class, recipient, campaign, tags, accepted_at, "
                          "send_at, expires_at, idempotency_key, sum, plan, body) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    put.run(row.key, row.tail, row.application, row.class_name, row.recipient, row.campaign, row.tags, row.accepted_at,
            row.send_at, row.expires_at, row.idempotency_key, checksum(row), row.plan, sqlite::Blob{row.body});
    sqlite::Statement put_state(**connection,
                                "INSERT INTO progress (key, state, step, attempts, due, pool, expires, sum, trace) "
                                "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    put_state.run(moving.key, moving.state, moving.step, moving.attempts, moving.due, moving.pool, moving.expires,
                  checksum(moving), moving.trace);
    ASSERT_EQ((*connection)->fault(), 0);
}

TEST_F(PolicyFile, a_file_of_schema_1_is_brought_up_and_goes_on) {
    run(schema_1);
    const auto item = driver.make();
    insert_old(path(), item.message);
    for (const bool again : {false, true}) {
        open();
        const auto record = store->find(item.message.id);
        ASSERT_TRUE(record.has_value()) << record.error().message();
        EXPECT_EQ(record->message.body, item.message.body);
        EXPECT_EQ(record->progress.state, again ? State::sending : State::waiting);
        if (!again) {
            EXPECT_EQ(store->due(PoolId{1}, clock.now(), 10)->size(), 1U);
            EXPECT_TRUE(driver.lease(*store, item.message.id, 1, taking({5})).granted);
        }
        EXPECT_EQ(uses_of(*store, 5).size(), 1U);
        close();
        EXPECT_EQ(ask("SELECT CAST(user_version AS TEXT) FROM pragma_user_version"),
                  std::to_string(sqlite::schema_version()));
        EXPECT_EQ(ask("PRAGMA integrity_check"), "ok");
    }
}

TEST_F(PolicyFile, a_file_that_is_brought_up_has_the_same_tables_as_a_new_one) {
    open();
    close();
    const std::string all = "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema ORDER BY name)";
    const auto fresh = ask(all);
    for (const auto& file : std::filesystem::directory_iterator(directory.path()))
        std::filesystem::remove(file.path());
    run(schema_1);
    open();
    close();
    EXPECT_EQ(ask(all), fresh);
    EXPECT_FALSE(fresh.empty());
}

TEST_F(PolicyFile, a_store_of_before_the_journal_of_uses_counts_on_where_it_was) {
    open();
    fill(5, 3);
    merge();
    close();
    take_tallies_away(path());
    run("DROP TABLE use_journal; DROP TABLE use_merge; ALTER TABLE progress DROP COLUMN owner; "
        "ALTER TABLE identity DROP COLUMN epoch; PRAGMA user_version = 13");
    ASSERT_EQ(ask("SELECT CAST(count(*) AS TEXT) FROM usage"), "1");
    open();
    EXPECT_EQ(uses_of(*store, 5).size(), 3U);
    EXPECT_EQ(lease_under(capped(5, 4)), State::sending);
    EXPECT_EQ(lease_under(capped(5, 4)), State::suppressed);
    close();
    EXPECT_EQ(ask("SELECT CAST(count(*) AS TEXT) FROM use_journal"), "1");
}

TEST_F(PolicyFile, a_damaged_history_never_lets_a_message_past_its_cap) {
    open();
    fill(5, 3);
    fill(6, 3);
    ASSERT_EQ(lease_under(capped(5, 3)), State::suppressed);
    merge();
    close();
    run("CREATE TABLE kept AS SELECT * FROM usage WHERE scope = 5");
    const std::string whole = ask("SELECT hex(entries) FROM usage WHERE scope = 5");
    ASSERT_GT(whole.size(), 20U);
    std::mt19937 random(3);
    for (int round = 0; round < 30; ++round) {
        std::string damaged = whole;
        auto& digit = damaged[std::uniform_int_distribution<std::size_t>(0, whole.size() - 1)(random)];
        digit = digit == '0' ? '8' : '0';
        run("UPDATE usage SET entries = x'" + damaged + "' WHERE scope = 5");
        open();
        EXPECT_EQ(lease_under(capped(5, 3)), State::held) << damaged;
        EXPECT_EQ(lease_under(capped(5, 3)), State::held) << "and the next one too";
        EXPECT_EQ(lease_under(capped(6, 4)), round == 0 ? State::sending : State::suppressed);
        close();
        // As it was: the store has marked the damage.
        run("DELETE FROM usage WHERE scope = 5; INSERT INTO usage SELECT * FROM kept");
    }
}

TEST_F(PolicyFile, damage_of_the_history_is_over_when_no_rule_looks_back_so_far) {
    open();
    fill(5, 3);
    merge();
    close();
    run("UPDATE usage SET sum = sum + 1");
    open();
    const auto recent = [&](std::chrono::minutes back) {
        return gate([this, back](std::size_t, model::Ledger& ledger) {
            ledger.uses(5, clock.now() - back, [](const model::Use&) { return true; });
            model::Ruling ruling;
            ruling.reserve.push_back({5, {}});
            return ruling;
        });
    };
    EXPECT_EQ(lease_under(recent(std::chrono::minutes(60))), State::held);
    clock.advance(std::chrono::minutes(30));
    EXPECT_EQ(lease_under(recent(std::chrono::minutes(60))), State::held);
    EXPECT_EQ(lease_under(recent(std::chrono::minutes(20))), State::sending);
    clock.advance(std::chrono::minutes(31));
    close();
    open();
    EXPECT_EQ(lease_under(recent(std::chrono::minutes(60))), State::sending);
    EXPECT_EQ(uses_of(*store, 5, clock.now() - std::chrono::minutes(60)).size(), 2U);
    const auto all = [](model::Ledger& ledger) { ledger.uses(5, Timestamp{}, [](const model::Use&) { return true; }); };
    EXPECT_FALSE(store->peek(all).has_value());
    clock.advance(std::chrono::minutes(1));
    const auto gone = wait_for<std::int64_t>([&](auto done) { store->prune_uses(clock.now(), 100, done); });
    EXPECT_EQ(gone.value_or(-1), 3) << "two uses and the mark";
    EXPECT_TRUE(uses_of(*store, 5).empty());
}

TEST_F(PolicyFile, a_message_is_held_when_a_word_about_its_person_is_damaged) {
    open();
    const model::Consent consent{"shop", "customer-1", "*",        "*", model::ConsentState::unsubscribed,
                                 "",     "",           clock.now()};
    wait_for<bool>([&](auto done) { store->put_consent(consent, done); });
    const model::Suppression row{"email", "a@example.org", model::SuppressionReach::all, "", "", clock.now(), {}};
    wait_for<std::int64_t>([&](auto done) { store->suppress({row}, done); });
    wait_for<bool>([&](auto done) { store->put_event("shop", "customer-1", "order", clock.now(), done); });
    fill(5, 1);
    close();
    run("UPDATE consent SET state = 1; UPDATE suppression SET reach = 1; UPDATE person_event SET at = at - 1; "
        "UPDATE kind SET class = 'otp'");
    open();
    const std::function<void(model::Ledger&)> looks[] = {
        [](model::Ledger& ledger) { ledger.consents("shop", "customer-1"); },
        [](model::Ledger& ledger) { ledger.suppressions("email", "a@example.org"); },
        [](model::Ledger& ledger) { ledger.last_event("shop", "customer-1", "order"); },
        [](model::Ledger& ledger) {
            ledger.uses(5, Timestamp{},
                        [&ledger](const model::Use& use) { return !ledger.kind(use.kind).channel.empty(); });
        },
    };
    for (const auto& look : looks) {
        const auto asks = gate([&](std::size_t, model::Ledger& ledger) {
            look(ledger);
            return model::Ruling{};
        });
        EXPECT_EQ(lease_under(asks), State::held);
        EXPECT_TRUE(store->peek(look).error().is(Code::corrupt));
    }
    EXPECT_EQ(lease_under(always({})), State::sending);
}

/// While it lives no file of this process can grow beyond `bytes`.
class FileLimit {
  public:
    explicit FileLimit(std::uintmax_t bytes) {
        ::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{bytes, before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;

  private:
    rlimit before_{};
};

TEST_F(PolicyFile, what_the_disk_refuses_is_not_half_done) {
    const SystemClock real;  // the writer asks it when to look at the disk again
    open(real);
    auto first = driver.make();
    first.collapse = 3;
    driver.accept_one(*store, first);
    const auto retried = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, retried, 1, taking({5})).granted);
    ASSERT_TRUE(driver.settle(*store, retried, 1, Event::attempt_retry));
    auto second = driver.make();
    second.collapse = 3;
    {
        const FileLimit full(std::filesystem::file_size(path() + "-wal") + 100);
        const auto refused = wait_for<std::vector<model::Leased>>(
            [&](auto done) { store->lease({{retried.key(), 2, "email", "r", clock.now()}}, taking({5, 6}), done); });
        ASSERT_FALSE(refused.has_value());
        EXPECT_TRUE(refused.error().is(Code::unavailable));
        EXPECT_FALSE(Driver::move(*store, retried, Event::cancel).has_value());
        EXPECT_FALSE(Driver::accept(*store, {second}).has_value());
    }
    const auto is_back = [&] {
        return wait_for<bool>([&](auto done) { store->put_setting("a", "b", done); }).has_value();
    };
    const auto give_up = real.monotonic() + std::chrono::seconds(30);
    while (!is_back() && real.monotonic() < give_up) {
    }
    const auto uses = uses_of(*store, 5);
    ASSERT_EQ(uses.size(), 1U);
    EXPECT_EQ(uses[0].state, UseState::reserved);
    EXPECT_TRUE(uses_of(*store, 6).empty());
    EXPECT_EQ(store->find(retried)->progress.state, State::waiting);
    EXPECT_EQ(store->find(first.message.id)->progress.state, State::waiting);
    ASSERT_TRUE(driver.lease(*store, retried, 2, taking({6})).granted);
    EXPECT_TRUE(uses_of(*store, 5).empty());
    EXPECT_EQ(uses_of(*store, 6).size(), 1U);
    ASSERT_TRUE(Driver::accept(*store, {second}).has_value());
    EXPECT_EQ(store->find(first.message.id)->progress.state, State::cancelled);
    close();  // before its clock goes
}

}  // namespace
}  // namespace chapar::store
