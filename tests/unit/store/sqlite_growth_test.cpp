// What grows with traffic: bytes written for a message, the write-ahead log, counts, pools, and what is read at a
// start.

#include <sqlite3.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <random>
#include <semaphore>
#include <thread>

#include "contract.hpp"
#include "older_store.hpp"
#include "store/sqlite/read_rows.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;

class Growth : public testing::Test {
  protected:
    Growth() { options.path = (directory.path() / "store.db").string(); }
    void open() {
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void close() {
        store->close();
        store.reset();
    }
    std::uintmax_t wal_size() const {
        std::error_code ignored;
        const auto size = std::filesystem::file_size(options.path + "-wal", ignored);
        return ignored ? 0 : size;
    }
    /// In the closed file.
    std::int64_t number(const std::string& sql) const {
        sqlite3* db = nullptr;
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_open(options.path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr), SQLITE_OK) << sql;
        const auto out = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return out;
    }
    NewMessage typical(int i) {
        auto item = driver.make("shop", "order-" + std::to_string(i));
        item.message.plan = {{"email", "c" + std::to_string(i) + "@example.org", "welcome", "0123456789abcdef", "fa"}};
        item.message.body.assign(600, 'x');
        return item;
    }
    std::int64_t of_state(State state) const { return store->counts()->by_state[static_cast<int>(state)]; }
    bool becomes_true(const std::function<bool()>& what) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!what()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::yield();
        }
        return true;
    }
    Result<std::int64_t> prune() {
        return wait_for<std::int64_t>([&](auto done) { store->prune(clock.now() - std::chrono::hours(1), 100, done); });
    }

    TemporaryDirectory directory;
    SqliteOptions options;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
};

/// As it is at a steady rate: each message comes alone, while the one before is leased and the one before that ends.
TEST_F(Growth, a_message_that_comes_alone_costs_few_written_bytes) {
    options.checkpoint_pages = options.most_wal_pages = 1'000'000;  // so that the WAL holds all that was written
    open();
    constexpr int messages = 300;
    std::vector<MessageId> ids;
    const auto begin = wal_size();
    for (int i = 0; i < messages + 2; ++i) {
        std::counting_semaphore<> answered(0);
        int asked = 0;
        if (i >= 2) {
            Settlement settlement;
            settlement.key = ids[static_cast<std::size_t>(i - 2)].key();
            settlement.outcome = {
                model::Verdict::accepted, model::Blame::none, {}, "queue-id-1", "250 2.0.0", "queued"};
            settlement.at = clock.now();
            settlement.trace = {{clock.now(), model::Reason::sent, "smtp-a"}};
            settlement.can_wait = true;
            ++asked;
            store->settle({settlement}, [&](const Result<std::vector<bool>>& applied) {
                EXPECT_TRUE(applied && applied->front());
                answered.release();
            });
        }
        if (i >= 1 && i <= messages) {
            ++asked;
            const Lease lease{ids[static_cast<std::size_t>(i - 1)].key(), 1, "email", "smtp-a", clock.now(), true};
            store->lease({lease}, nullptr, [&](const Result<std::vector<model::Leased>>& leased) {
                EXPECT_TRUE(leased && leased->front().granted);
                answered.release();
            });
        }
        if (i < messages) {
            ++asked;
            auto item = typical(i);
            ids.push_back(item.message.id);
            std::vector<NewMessage> batch(1);
            batch.front() = std::move(item);
            store->accept(std::move(batch), [&](const Result<AcceptedBatch>& done) {
                EXPECT_TRUE(done.has_value());
                answered.release();
            });
        }
        while (asked-- > 0)
            answered.acquire();
    }
    const auto each = (wal_size() - begin) / messages;
    RecordProperty("wal_bytes_a_message", static_cast<int>(each));
    EXPECT_LT(each, 25'000U);
    EXPECT_EQ(of_state(State::sent), messages);
}

TEST_F(Growth, what_can_wait_is_committed_in_time_without_any_other_write) {
    open();
    const auto id = driver.accept_one(*store);
    const auto leased = wait_for<std::vector<model::Leased>>(
        [&](auto done) { store->lease({{id.key(), 1, "email", "smtp-a", clock.now(), true}}, nullptr, done); });
    EXPECT_TRUE(leased && leased->front().granted);
}

TEST_F(Growth, the_log_stays_small_although_somebody_always_reads) {
    open();
    std::atomic<bool> stop{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < options.reader_connections; ++i) {
        readers.emplace_back([&] {
            while (!stop)
                EXPECT_TRUE(store->list({}, std::nullopt, 200).has_value());
        });
    }
    std::uintmax_t most = 0;
    const std::string body(40'000, 'x');
    for (int i = 0; i < 1'500; ++i) {
        auto item = driver.make();
        item.message.body = body;
        driver.accept_one(*store, std::move(item));
        most = std::max(most, wal_size());
    }
    stop = true;
    for (auto& reader : readers)
        reader.join();
    EXPECT_LT(most, 32U << 20);
    EXPECT_GT(std::filesystem::file_size(options.path), 40U << 20) << "more was written than the log may hold";
}

TEST_F(Growth, the_log_of_a_store_with_larger_pages_is_no_larger) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(options.path.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "PRAGMA page_size = 8192; VACUUM", nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(db);
    options.checkpoint_pages = options.most_wal_pages = 512;  // of 2 kB: a megabyte
    open();
    std::uintmax_t most = 0;
    const std::string body(40'000, 'x');
    for (int i = 0; i < 250; ++i) {
        auto item = driver.make();
        item.message.body = body;
        driver.accept_one(*store, std::move(item));
        most = std::max(most, wal_size());
    }
    close();
    EXPECT_EQ(number("PRAGMA page_size"), 8192);
    EXPECT_LT(most, 3U << 20);
}

TEST_F(Growth, counts_are_read_at_a_start_and_proved_against_the_messages_behind_it) {
    open();
    for (int i = 0; i < 5; ++i)
        driver.accept_one(*store);
    const auto sent = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, sent, 1) && driver.settle(*store, sent, 1, Event::attempt_accepted));
    close();
    EXPECT_EQ(number("SELECT sum(expires) FROM live WHERE pool = -2 AND key = 0"), 5);
    EXPECT_EQ(number("SELECT expires FROM live WHERE pool = -2 AND due = 0 AND key = 2"), 1);
    number("UPDATE live SET expires = expires + 3 WHERE pool = -2 AND key IN (0, 2)");
    open();
    EXPECT_TRUE(becomes_true([&] { return of_state(State::waiting) == 5 && of_state(State::sent) == 1; }));
    EXPECT_EQ(store->waiting("shop"), 5);
    close();
    EXPECT_EQ(number("SELECT sum(expires) FROM live WHERE pool = -2 AND key = 0"), 5);
}

/// The store remembers it by pool; SQLite itself says what is right.
TEST_F(Growth, when_the_next_of_a_pool_is_due_is_right_after_every_kind_of_change) {
    open();
    std::mt19937 random(20261130);
    std::vector<MessageId> ids;
    std::map<MessageId, int> attempts;
    for (int step = 0; step < 600; ++step) {
        clock.advance(std::chrono::seconds(1));
        const auto id = ids.empty() ? MessageId() : ids[random() % ids.size()];
        switch (ids.empty() ? 0 : random() % 6) {
            case 0: {
                auto item = driver.make();
                item.message.campaign = "campaign-" + std::to_string(random() % 4);
                item.message.send_at = clock.now() + std::chrono::seconds(random() % 900) - std::chrono::seconds(300);
                ids.push_back(driver.accept_one(*store, item));
                break;
            }
            case 1:
                if (driver.lease(*store, id, attempts[id] + 1)) ++attempts[id];
                break;
            case 2:
                driver.settle(*store, id, attempts[id], Event::attempt_retry);
                break;
            case 3:
                driver.settle(*store, id, attempts[id], Event::attempt_accepted);
                break;
            case 4:
                (void)Driver::move(*store, id, random() % 2 == 0 ? Event::cancel : Event::quarantine);
                break;
            default:
                (void)Driver::move(*store, id, Event::retry);
        }
        const auto pools = store->pools();
        ASSERT_TRUE(pools.has_value());
        for (const auto& depth : *pools) {
            const auto pool = std::to_string(depth.pool.id.value);
            ASSERT_EQ(to_ms(depth.next_due.value_or(from_ms(-1))),
                      number("SELECT coalesce(min(due), -1) FROM live WHERE pool = " + pool +
                             " AND due BETWEEN 0 AND 9223372036854775806"))
                << "after step " << step;
        }
    }
    EXPECT_GT(ids.size(), 60U);
}

TEST_F(Growth, counts_beside_each_pool_as_an_earlier_version_kept_them_are_taken_over) {
    open();
    for (int i = 0; i < 5; ++i)
        driver.accept_one(*store, i < 2 ? "bank" : "shop");
    close();
    take_tallies_away(options.path);
    number("UPDATE live SET pool = due, due = (-9223372036854775807 - 1) WHERE pool = -2");
    number("ALTER TABLE search_run DROP COLUMN level");
    number("ALTER TABLE message DROP COLUMN fields");
    number("DROP TABLE use_journal");
    number("DROP TABLE use_merge");
    number("ALTER TABLE progress DROP COLUMN owner");
    number("ALTER TABLE identity DROP COLUMN epoch");
    number("PRAGMA user_version = 10");
    EXPECT_EQ(number("SELECT count(*) FROM live WHERE pool = -2"), 0);
    open();
    EXPECT_EQ(of_state(State::waiting), 5);
    EXPECT_EQ(store->waiting("bank"), 2);
    close();
    EXPECT_EQ(number("SELECT sum(expires) FROM live WHERE pool = -2 AND key = 0"), 5);
    EXPECT_EQ(number("SELECT count(*) FROM live WHERE due < -1"), 0);
}

/// As version 14 left them: without owners, and without the highest key.
TEST_F(Growth, attempts_that_an_earlier_version_left_open_are_of_a_life_that_is_over) {
    open();
    std::vector<MessageId> ids;
    for (int i = 0; i < 6; ++i)
        ids.push_back(driver.accept_one(*store));
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(driver.lease(*store, ids[static_cast<std::size_t>(i)], 1));
    ASSERT_TRUE(driver.settle(*store, ids[3], 1, Event::attempt_accepted));
    close();
    EXPECT_EQ(number("SELECT count(*) FROM progress WHERE owner <> 0"), 3) << "those that are being sent";
    {
        auto connection = sqlite::Connection::open(options.path, sqlite::Access::write);
        sqlite::Statement forget(**connection, "UPDATE progress SET owner = 0, sum = ?2 WHERE key = ?1");
        std::vector<std::pair<std::int64_t, std::int64_t>> sums;
        {
            sqlite::Statement all(**connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress");
            for (auto rows = all.query(); rows.next();) {
                auto row = sqlite::read_progress(rows);
                ASSERT_TRUE(row.has_value());
                row->owner = 0;
                sums.emplace_back(row->key, checksum(*row));
            }
        }
        for (const auto& [key, sum] : sums)
            ASSERT_TRUE(forget.run(key, sum));
    }
    take_tallies_away(options.path);
    number("DELETE FROM live WHERE key = 1001");
    number("ALTER TABLE progress DROP COLUMN owner");
    number("ALTER TABLE identity DROP COLUMN epoch");
    number("PRAGMA user_version = 14");
    open();
    EXPECT_EQ(store->joined().ids_after, ids.back().key());
    const auto found = store->orphans(10);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ((*found)[i].queued.message.id, ids[i]);
        EXPECT_EQ((*found)[i].owner, model::LeaseOwner{});
        EXPECT_FALSE(driver.settle(*store, ids[i], 1, Event::attempt_accepted));
        EXPECT_TRUE(driver.take_over(*store, (*found)[i], Event::attempt_unknown_retry));
        EXPECT_TRUE(driver.lease(*store, ids[i], 2));
    }
    EXPECT_EQ(of_state(State::sent), 1);
}

TEST_F(Growth, the_highest_key_outlives_the_list_that_it_stands_in) {
    open();
    const auto id = driver.accept_one(*store);
    close();
    for (const auto* damage : {"DELETE FROM live WHERE key = 1001", "DELETE FROM live"}) {
        number(damage);
        open();
        EXPECT_EQ(store->joined().ids_after, id.key()) << damage;
        close();
    }
}

TEST_F(Growth, counts_survive_a_crash_exactly) {
    open();
    std::vector<MessageId> ids;
    for (int i = 0; i < 20; ++i)
        ids.push_back(driver.accept_one(*store, i % 2 == 0 ? "shop" : "bank"));
    ASSERT_TRUE(driver.lease(*store, ids[0], 1));
    ASSERT_TRUE(Driver::move(*store, ids[1], Event::cancel).has_value());
    ASSERT_TRUE(Driver::move(*store, ids[2], Event::quarantine).has_value());
    const auto before = *store->counts();
    const auto copy = directory.path() / "crash";  // as the disk is now
    std::filesystem::create_directory(copy);
    for (const auto* part : {"store.db", "store.db-wal"})
        std::filesystem::copy_file(directory.path() / part, copy / part);
    close();
    options.path = (copy / "store.db").string();
    open();
    for (int state = 0; state < model::state_count; ++state)
        EXPECT_EQ(store->counts()->by_state[state], before.by_state[state]) << state;
    EXPECT_EQ(store->waiting("bank"), 9);
    EXPECT_EQ(store->orphans(10)->size(), 1U);
}

TEST_F(Growth, a_campaign_without_living_messages_is_forgotten_and_its_number_never_given_again) {
    open();
    std::vector<MessageId> ids;
    PoolId highest;
    for (int i = 0; i < 50; ++i) {
        auto item = driver.make();
        item.message.campaign = "campaign-" + std::to_string(i);
        ids.push_back(driver.accept_one(*store, item));
        highest = std::max(highest, driver.pool(*store, item));
    }
    for (const auto& id : ids)
        ASSERT_TRUE(Driver::move(*store, id, id == ids[3] ? Event::expire : Event::cancel).has_value());
    const auto lasting = driver.accept_one(*store);
    const auto kept = driver.pool(*store, driver.make());
    clock.advance(std::chrono::minutes(11));
    ASSERT_TRUE(prune().has_value());
    close();
    EXPECT_EQ(number("SELECT count(*) FROM pool"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM live WHERE pool = -2 AND due > 0"), 1) << "of what waits";
    open();
    EXPECT_EQ(driver.pool(*store, driver.make()), kept);
    auto again = driver.make();
    again.message.campaign = "campaign-7";
    driver.accept_one(*store, again);
    EXPECT_GT(driver.pool(*store, again), highest);
    // Somebody retries a message of a campaign that was forgotten.
    Transition retry;
    retry.key = ids[3].key();
    retry.application = "shop";
    retry.event = Event::retry;
    retry.due = clock.now();
    ASSERT_TRUE(Driver::move(*store, retry).has_value());
    auto like = driver.make();
    like.message.campaign = "campaign-3";
    const auto due = store->due(driver.pool(*store, like), clock.now(), 10);
    ASSERT_TRUE(due.has_value());
    ASSERT_EQ(due->size(), 1U);
    EXPECT_EQ(due->front().message.id, ids[3]);
    ListFilter of_campaign;
    of_campaign.campaign = "campaign-9";
    of_campaign.application = "shop";
    EXPECT_EQ(store->list(of_campaign, std::nullopt, 10)->records.size(), 1U) << "its messages are listed still";
    EXPECT_EQ(of_state(State::waiting), 3);
    EXPECT_EQ(store->find(lasting)->progress.state, State::waiting);
}

TEST_F(Growth, a_reader_comes_back_when_the_read_throws) {
    options.reader_connections = 1;
    open();
    EXPECT_THROW((void)store->peek([](model::Ledger&) { throw std::runtime_error("in the middle"); }),
                 std::runtime_error);
    EXPECT_TRUE(store->list({}, std::nullopt, 10).has_value());
    close();
}

TEST_F(Growth, a_place_without_a_write_ahead_log_is_refused) {
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(directory.path());
    options.path = ":memory:";  // SQLite has no log for what is in memory, as on a filesystem without shared memory
    const auto opened = open_sqlite(options, clock);
    std::filesystem::current_path(before);
    ASSERT_FALSE(opened.has_value());
    EXPECT_NE(opened.error().message().find("journal_mode"), std::string::npos) << opened.error().message();
}

}  // namespace
}  // namespace chapar::store
