// Bytes are flipped in the file of a closed store: every damaged row must be seen, and nothing altered come out.

#include <sqlite3.h>

#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "contract.hpp"
#include "model/policy_fields.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;

class Damage : public testing::Test {
  protected:
    static constexpr int rows = 120;

    std::string path() const { return (directory.path() / "store.db").string(); }
    void open() {
        SqliteOptions options;
        options.path = path();
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    static std::string token(int i) { return "token-" + std::to_string(10'000 + i) + "-end"; }
    static std::string category(int i) { return "category-" + std::to_string(10'000 + i) + "-end"; }
    /// Messages whose bodies (and traces, when `travelled`) carry a token each; the store is closed after.
    void fill(bool travelled) {
        open();
        std::vector<NewMessage> batch;
        for (int i = 0; i < rows; ++i) {
            batch.push_back(driver.make("shop", "order-" + std::to_string(i)));
            auto& message = batch.back().message;
            message.body = token(i) + std::string(200, 'b');
            message.fields = model::encode({.category = category(i)}, message.plan);
            ids.push_back(batch.back().message.id);
        }
        ASSERT_TRUE(Driver::accept(*store, std::move(batch)).has_value());
        for (int i = 0; travelled && i < rows; ++i) {
            Transition transition;
            transition.key = ids[static_cast<std::size_t>(i)].key();
            transition.due = clock.now();
            transition.trace = {{clock.now(), model::Reason::no_route, token(i) + "-trace"}};
            store->move(transition, [](const Result<model::Progress>& moved) { EXPECT_TRUE(moved.has_value()); });
        }
        store->close();
        store.reset();
        compact();
    }
    /// So that each token stands in the file once: no stale copy in a page's free space.
    void compact() const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
        ASSERT_EQ(sqlite3_exec(db, "VACUUM", nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(db);
    }
    std::string read_file() const {
        std::string bytes(std::filesystem::file_size(path()), '\0');
        std::ifstream(path(), std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return bytes;
    }
    void write_file(const std::string& bytes) const {
        std::ofstream(path(), std::ios::binary | std::ios::trunc) << bytes;
    }
    /// Changes one byte within [from, to) around each `mark(i)`, which must stand in the file once.
    template <class Mark>
    void flip(Mark mark, int from, int to, unsigned seed) {
        const std::string before = read_file();  // a flipped digit makes another row's token
        std::string bytes = before;
        std::mt19937 random(seed);
        for (int i = 0; i < rows; ++i) {
            const auto at = before.find(mark(i));
            ASSERT_NE(at, std::string::npos);
            ASSERT_EQ(before.find(mark(i), at + 1), std::string::npos);
            const int offset = std::uniform_int_distribution(from, to - 1)(random);
            auto& byte = bytes[at + static_cast<std::size_t>(static_cast<std::ptrdiff_t>(offset))];
            byte = static_cast<char>(byte ^ (1 << std::uniform_int_distribution(0, 7)(random)));
        }
        write_file(bytes);
    }
    /// A repair runs beside the writes.
    static bool becomes_true(const std::function<bool()>& what) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (!what()) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::yield();
        }
        return true;
    }
    bool all_are_found() {
        return std::ranges::all_of(ids, [&](const MessageId& id) { return store->find(id).has_value(); });
    }
    bool all_are_held() {
        return store->counts()->by_state[static_cast<int>(State::held)] == rows && store->pools()->empty();
    }
    /// Messages that would be sent.
    int come_due() {
        int seen = 0;
        const auto pools = store->pools();
        EXPECT_TRUE(pools.has_value());
        for (const auto& depth : *pools) {
            const auto due = store->due(depth.pool.id, clock.now() + std::chrono::hours(100), 1000);
            EXPECT_TRUE(due.has_value());
            seen += static_cast<int>(due->size());
        }
        return seen;
    }
    /// Reads everything in every way; no altered message may come out.
    int come_out() {
        int seen = come_due();
        const auto page = store->list({}, std::nullopt, 1000);
        if (page) seen += static_cast<int>(page->records.size());
        for (const auto& id : ids)
            seen += store->find(id).has_value() ? 1 : 0;
        return seen;
    }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
    std::vector<MessageId> ids;
};

TEST_F(Damage, every_damaged_message_row_is_seen_and_held) {
    fill(false);
    const std::string whole = read_file();
    for (unsigned seed = 1; seed <= 5; ++seed) {
        write_file(whole);
        flip(token, -100, 200, seed);
        open();
        EXPECT_EQ(come_out(), 0) << "seed " << seed;
        for (const auto& id : ids)
            EXPECT_TRUE(store->find(id).error().is(Code::corrupt));
        Driver::drain(*store);
        EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::held)], rows);
        EXPECT_TRUE(store->pools()->empty());
        const auto healthy = driver.accept_one(*store);
        EXPECT_TRUE(store->find(healthy).has_value());
        store->close();
        store.reset();
    }
}

TEST_F(Damage, a_message_whose_policy_fields_are_damaged_is_seen_and_held) {
    fill(false);
    const std::string whole = read_file();
    for (unsigned seed = 1; seed <= 5; ++seed) {
        write_file(whole);
        // The column: its version, the tag and the length, the category.
        flip(category, -3, static_cast<int>(category(0).size()), seed);
        open();
        EXPECT_EQ(come_out(), 0) << "seed " << seed;
        Driver::drain(*store);
        EXPECT_TRUE(all_are_held());
        store->close();
        store.reset();
    }
}

TEST_F(Damage, every_damaged_state_row_is_held_and_can_be_retried) {
    fill(true);
    const std::string whole = read_file();
    const auto trace = [](int i) { return token(i) + "-trace"; };
    for (unsigned seed = 1; seed <= 4; ++seed) {
        write_file(whole);
        flip(trace, -37, 18, seed);  // the record's numbers and its trace
        open();
        EXPECT_EQ(come_due(), 0) << "seed " << seed;  // a repair may be quicker than the other ways of reading
        EXPECT_TRUE(becomes_true([&] { return all_are_held(); })) << "seed " << seed;
        const auto again = come_out();  // of the held ones list and find speak; nothing is due
        EXPECT_EQ(again, 2 * rows) << "seed " << seed;
        EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::held)], rows);
        EXPECT_TRUE(store->pools()->empty());
        for (const auto& id : ids) {
            const auto record = store->find(id);
            ASSERT_TRUE(record.has_value());
            EXPECT_EQ(model::decode_trace(record->progress.trace).back().reason, model::Reason::quarantined);
            EXPECT_TRUE(Driver::move(*store, id, Event::retry).has_value());
        }
        const auto due = store->due(store->pools()->front().pool.id, clock.now(), 1000);
        ASSERT_TRUE(due.has_value());
        EXPECT_EQ(due->size(), static_cast<std::size_t>(rows)) << "seed " << seed;
        store->close();
        store.reset();
    }
}

TEST_F(Damage, malformed_state_rows_are_replaced_too) {
    fill(true);
    const std::string whole = read_file();
    for (unsigned seed = 1; seed <= 4; ++seed) {
        write_file(whole);
        flip([](int i) { return token(i) + "-trace"; }, -46, -37, seed);  // the record's header
        open();
        come_out();
        EXPECT_TRUE(becomes_true([&] { return all_are_found(); })) << "seed " << seed;
        for (const auto& id : ids) {
            const auto record = store->find(id);  // some bits of a header change nothing
            ASSERT_TRUE(record.has_value()) << "seed " << seed << ": " << record.error().message();
            if (record->progress.state == State::waiting)
                EXPECT_TRUE(driver.lease(*store, id, 1)) << "seed " << seed;
            else
                EXPECT_TRUE(Driver::move(*store, id, Event::retry).has_value()) << "seed " << seed;
        }
        store->close();
        store.reset();
    }
}

TEST_F(Damage, a_write_that_meets_a_damaged_state_row_is_refused_and_holds_it) {
    fill(true);
    flip([](int i) { return token(i) + "-trace"; }, 0, 18, 7);
    open();
    EXPECT_FALSE(driver.lease(*store, ids[0], 1));
    EXPECT_TRUE(becomes_true([&] { return all_are_held(); })) << "where one is damaged, all are looked at";
}

TEST_F(Damage, one_damaged_row_does_not_keep_the_others_from_being_due) {
    fill(false);
    std::string bytes = read_file();
    bytes[bytes.find(token(17))] ^= 1;
    write_file(bytes);
    open();
    const auto due = store->due(store->pools()->front().pool.id, clock.now(), rows);
    ASSERT_TRUE(due.has_value());
    EXPECT_EQ(due->size(), static_cast<std::size_t>(rows - 1));
    Driver::drain(*store);
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::held)], 1);
    const auto cancelled = Driver::move(*store, ids[17], Event::cancel);
    EXPECT_TRUE(cancelled.has_value());
}

TEST_F(Damage, a_place_in_a_list_that_is_no_messages_is_dropped_and_a_missing_one_is_made) {
    fill(false);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
    const auto run = [&](const std::string& sql) {
        ASSERT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    };
    const auto lost = std::to_string(ids[5].key().value), moved = std::to_string(ids[6].key().value);
    run("DELETE FROM live WHERE due >= 0 AND pool >= 0 AND key = " + lost);
    run("UPDATE live SET due = due - 1000 WHERE due >= 0 AND pool >= 0 AND key = " + moved);
    run("INSERT INTO live SELECT pool, 5, 77, 0, expires FROM live WHERE due >= 0 AND pool >= 0 LIMIT 1");
    sqlite3_close(db);
    open();
    const auto pool = store->pools()->front().pool.id;
    EXPECT_TRUE(becomes_true([&] { return store->due(pool, clock.now(), 1000)->size() == rows; }));
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::waiting)], rows);
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::held)], 0);
}

TEST_F(Damage, random_damage_anywhere_never_lets_an_altered_message_out) {
    fill(true);
    const std::string whole = read_file();
    std::map<MessageId, std::string> bodies;
    for (int i = 0; i < rows; ++i)
        bodies[ids[static_cast<std::size_t>(i)]] = token(i) + std::string(200, 'b');
    std::mt19937 random(42);
    int opened = 0;
    for (int round = 0; round < 40; ++round) {
        std::string bytes = whole;
        const auto at = std::uniform_int_distribution<std::size_t>(100, bytes.size() - 33)(random);
        for (std::size_t i = 0; i < 32; ++i)
            bytes[at + i] = static_cast<char>(random());
        write_file(bytes);
        SqliteOptions options;
        options.path = path();
        auto damaged = open_sqlite(options, clock);
        if (!damaged) continue;  // refused as a whole: nothing comes out
        ++opened;
        for (std::int64_t pool = 0; pool < 3; ++pool) {
            const auto due = (*damaged)->due(PoolId{pool}, clock.now(), 1000);
            if (!due) continue;
            for (const auto& queued : *due) {
                ASSERT_TRUE(bodies.contains(queued.message.id));
                EXPECT_EQ(queued.message.body, bodies[queued.message.id]);
            }
        }
        (*damaged)->close();
    }
    EXPECT_GT(opened, 0);
}

}  // namespace
}  // namespace chapar::store
