// The journal of uses against a plain list of them: in any order of changes, merges, rollbacks and new starts.

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "contract.hpp"
#include "plain_uses.hpp"
#include "store/sqlite/read_policy.hpp"
#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {
namespace {

using model::Scope;
using model::Use;
using model::UseState;

class UsesInJournal : public testing::Test {
  protected:
    UsesInJournal() : path((directory.path() / "store.db").string()) {
        SqliteOptions options;
        options.path = path;
        EXPECT_TRUE(open_sqlite(options, clock).has_value());  // makes the tables
        connection = *Connection::open(path, Access::write);
        connection->run("PRAGMA synchronous = OFF");
        look = *Connection::open(path, Access::read);
        for (int i = 0; i < 40; ++i)  // some share a shard, and some lie at its ends
            scopes.push_back(i < 8 ? i - 4 : static_cast<Scope>(random()));
        start();
    }
    void start() { usage = std::make_unique<Usage>(*connection, memory, clock); }
    void begin() {
        ASSERT_TRUE(connection->run("BEGIN"));
        usage->begin();
    }
    void commit() {
        usage->flush();
        ASSERT_TRUE(connection->run("COMMIT"));
        committed = running;
    }
    void roll_back() {
        connection->run("ROLLBACK");
        usage->forget();
        running = committed;
    }
    void merge(std::size_t limit) {
        begin();
        usage->merge(limit);
        if (random() % 8 == 0) {
            connection->run("ROLLBACK");
            usage->forget();
        } else {
            usage->flush();
            ASSERT_TRUE(connection->run("COMMIT"));
        }
    }
    Scope some_scope() { return scopes[random() % scopes.size()]; }

    /// A use more, or one that ends, is given back, or is not there.
    void change() {
        const auto scope = some_scope();
        const auto& known = running.all(scope);
        if (known.empty() || random() % 3 == 0) {
            now += static_cast<std::int64_t>(random() % 3);
            Use use{from_ms(now), MessageKey{static_cast<std::int64_t>(random() % 4)}, 1, 1, 0, UseState::reserved};
            if (random() % 4 == 0) use.segments = 3;
            if (random() % 4 == 0) use.cost = 1'234;
            if (random() % 4 == 0) use.kind = static_cast<model::KindId>(random() % 3);
            if (random() % 6 == 0) use.state = static_cast<UseState>(random() % 5);
            if (random() % 10 == 0) use.at = from_ms(now - 500);
            usage->add(scope, use);
            running.add(scope, use);
            return;
        }
        const Use use = known[random() % known.size()];
        const auto key = random() % 12 == 0 ? MessageKey{99} : use.key;
        if (random() % 3 == 0) {
            EXPECT_EQ(usage->give_back(scope, use.at, key), running.give_back(scope, use.at, key));
        } else {
            const auto state = static_cast<UseState>(random() % 5);
            usage->restate(scope, use.at, key, state);
            running.restate(scope, use.at, key, state);
        }
    }
    static std::vector<std::string> texts(UseReads& reads, Scope scope, Timestamp from) {
        std::vector<std::string> out;
        Timestamp last = from;
        EXPECT_TRUE(reads.visit(scope, from, [&](const Use& use) {
            EXPECT_GE(use.at, last) << "oldest first";
            last = use.at;
            out.push_back(PlainUses::text(use));
            return true;
        }));
        std::ranges::sort(out);
        return out;
    }
    void compare(UseReads& reads, const PlainUses& with) {
        for (const auto scope : scopes) {
            const auto from =
                random() % 2 == 0 ? Timestamp{} : from_ms(now - static_cast<std::int64_t>(random() % 600));
            ASSERT_EQ(texts(reads, scope, from), with.of(scope, from)) << "scope " << scope;
        }
    }
    /// By a connection of its own, as what-if looks.
    void compare_reader() {
        ASSERT_TRUE(look->run("BEGIN"));
        {
            ReadUses reads(*look);
            compare(reads, committed);
        }
        ASSERT_TRUE(look->run("COMMIT"));
    }
    std::int64_t number(const char* query) const { return look->number(query).value_or(-1); }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    std::string path;
    std::unique_ptr<Connection> connection, look;
    TableMemory memory;
    std::unique_ptr<Usage> usage;
    std::mt19937_64 random{5};
    std::int64_t now = 1'790'000'000'000;
    std::vector<Scope> scopes;
    PlainUses running, committed;
};

TEST_F(UsesInJournal, uses_are_what_a_plain_list_says_whatever_is_merged_and_when) {
    for (int round = 0; round < 600; ++round) {
        begin();
        for (auto n = random() % 30; n > 0; --n)
            change();
        if (random() % 4 == 0) compare(*usage, running);
        if (random() % 6 == 0) {
            roll_back();
        } else {
            commit();
        }
        if (random() % 3 == 0) merge(random() % 2 == 0 ? 1 : 1 + random() % 40);
        if (random() % 10 == 0) start();
        begin();
        compare(*usage, running);
        commit();
        compare_reader();
        if (HasFatalFailure() || HasFailure()) FAIL() << "in round " << round;
    }
    EXPECT_GT(number("SELECT count(*) FROM usage"), 20);
    for (int i = 0; i < 50; ++i)
        merge(1'000);
    EXPECT_EQ(number("SELECT count(*) FROM use_journal"), 0) << "all of it is merged, and gone";
    compare_reader();
}

TEST_F(UsesInJournal, old_uses_go_from_the_journal_too) {
    for (int round = 0; round < 40; ++round) {
        begin();
        for (int i = 0; i < 40; ++i)
            change();
        commit();
        if (round % 3 == 0) merge(5);
    }
    const auto prune = [&](Timestamp before) {
        begin();
        while (usage->prune(before, 10) > 0) {
        }
        commit();
        begin();
        for (const auto scope : scopes)
            EXPECT_EQ(texts(*usage, scope, before), committed.of(scope, before));
        commit();
    };
    prune(from_ms(now - 20));
    EXPECT_GT(number("SELECT count(*) FROM usage"), 0);
    prune(from_ms(now + 1));
    EXPECT_EQ(number("SELECT count(*) FROM usage"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM use_journal"), 0);
    EXPECT_TRUE(usage->none_before().has_value());
}

TEST_F(UsesInJournal, a_commit_writes_one_row_and_no_chunk) {
    begin();
    for (int i = 0; i < 200; ++i)
        change();
    commit();
    EXPECT_EQ(number("SELECT count(*) FROM use_journal"), 1);
    EXPECT_EQ(number("SELECT count(*) FROM usage"), 0);
}

TEST_F(UsesInJournal, what_is_pending_is_bounded_and_merged_when_there_is_time) {
    begin();
    for (int i = 0; i < 100; ++i)
        change();
    commit();
    EXPECT_EQ(usage->wants_merge(), 0U) << "it has just been written";
    clock.advance(std::chrono::seconds(3));
    EXPECT_GT(usage->wants_merge(), 0U);
    while (usage->has_pending() && usage->wants_merge() > 0)
        merge(usage->wants_merge());
    EXPECT_EQ(number("SELECT count(*) FROM use_journal"), 0);
    for (int row = 0; row < 2'800 && !HasFatalFailure(); ++row) {
        begin();
        change();
        commit();
    }
    EXPECT_GT(usage->wants_merge(), 0U) << "so many rows are not left to whoever reads them";
    for (int i = 0; i < 700'000; ++i) {
        if (i % 1'000 == 0) begin();
        usage->add(static_cast<Scope>(random()), {from_ms(now), MessageKey{i}, 1, 1, 0, UseState::handed_off});
        if (i % 1'000 == 999) commit();
    }
    EXPECT_TRUE(usage->is_over_bound());
    for (int merges = 0; usage->is_over_bound() && merges < 1'000; ++merges)
        merge(usage->wants_merge());
    EXPECT_FALSE(usage->is_over_bound());
}

// ---- damage -------------------------------------------------------------------------------------------------------

class DamagedJournal : public UsesInJournal {
  protected:
    /// One commit with a use of scope 1, another with one of scope 2.
    void fill() {
        for (const Scope scope : {1, 2}) {
            begin();
            add(scope);
            commit();
        }
    }
    void add(Scope scope) {
        const Use use{from_ms(++now), MessageKey{now}, 1, 1, 0, UseState::reserved};
        usage->add(scope, use);
        running.add(scope, use);
    }
    bool is_whole(Scope scope, Timestamp from = {}) {
        return usage->visit(scope, from, [](const Use&) { return true; });
    }
    bool reader_is_whole(Scope scope, Timestamp from = {}) {
        look->run("BEGIN");
        ReadUses reads(*look);
        const bool out = reads.visit(scope, from, [](const Use&) { return true; });
        look->run("COMMIT");
        return out;
    }
    void damage(const char* literal) {
        ASSERT_TRUE(connection->run(literal));
        EXPECT_GT(connection->changes(), 0);
        clock.advance(std::chrono::hours(1));
        start();
    }
    void restart() {
        start();
        begin();
        commit();
    }
};

TEST_F(DamagedJournal, entries_that_do_not_match_their_sum_are_lost_for_their_scopes_alone) {
    fill();
    damage("UPDATE use_journal SET entries = CAST(entries || x'00' AS BLOB) WHERE number = 1");
    EXPECT_FALSE(reader_is_whole(1));
    EXPECT_TRUE(reader_is_whole(2));
    for (int starts = 0; starts < 3; ++starts) {
        restart();
        EXPECT_FALSE(is_whole(1));
        EXPECT_FALSE(is_whole(1, clock.now())) << "and so it is with what was counted until now";
        EXPECT_TRUE(is_whole(1, clock.now() + Milliseconds(1)));
        EXPECT_TRUE(is_whole(2));
        EXPECT_FALSE(reader_is_whole(1));
    }
    EXPECT_EQ(number("SELECT count(*) FROM use_journal"), 1) << "the damaged row is gone, and what it cost is marked";
    now = to_ms(clock.now()) + 5;
    begin();
    add(1);
    commit();
    merge(1'000);
    EXPECT_FALSE(is_whole(1));
    EXPECT_EQ(texts(*usage, 1, clock.now() + Milliseconds(1)).size(), 1U) << "what came later counts";
}

TEST_F(DamagedJournal, a_list_of_scopes_that_is_damaged_alone_costs_nothing) {
    fill();
    damage("UPDATE use_journal SET scopes = x'0102' WHERE number = 1");
    restart();
    EXPECT_TRUE(is_whole(1) && is_whole(2));
    EXPECT_TRUE(reader_is_whole(1));
    compare(*usage, committed);
}

TEST_F(DamagedJournal, a_row_of_which_nothing_is_known_is_lost_for_all_until_nobody_looks_back_so_far) {
    fill();
    damage("UPDATE use_journal SET entries_sum = 1, scopes_sum = 1 WHERE number = 1");
    EXPECT_FALSE(reader_is_whole(77));
    for (int starts = 0; starts < 2; ++starts) {
        restart();
        EXPECT_FALSE(is_whole(1));
        EXPECT_FALSE(is_whole(77));
        EXPECT_FALSE(reader_is_whole(77));
        EXPECT_TRUE(is_whole(77, clock.now() + Milliseconds(1)));
    }
    EXPECT_EQ(texts(*usage, 2, clock.now() + Milliseconds(1)).size(), 0U);
    clock.advance(std::chrono::hours(1));
    begin();
    usage->prune(clock.now(), 100);
    commit();
    EXPECT_TRUE(is_whole(77));
    EXPECT_TRUE(reader_is_whole(77));
}

TEST_F(DamagedJournal, a_mark_of_what_was_merged_that_is_damaged_is_lost_for_its_shard) {
    fill();
    begin();
    add(-1);
    commit();
    merge(1'000);
    begin();
    add(1);
    add(-1);
    commit();
    damage("UPDATE use_merge SET until = until - 1 WHERE shard = 512");
    EXPECT_FALSE(reader_is_whole(1));
    for (int starts = 0; starts < 2; ++starts) {
        restart();
        EXPECT_FALSE(is_whole(1)) << "its change may be in the chunk, or not";
        EXPECT_TRUE(is_whole(2)) << "nothing of it is in a row that is there";
        EXPECT_TRUE(is_whole(-1));
    }
    EXPECT_EQ(texts(*usage, -1, {}), committed.of(-1, {}));
}

TEST_F(DamagedJournal, a_journal_that_sqlite_can_not_read_is_made_anew_and_all_is_lost_until_then) {
    begin();
    for (int i = 0; i < 3'000; ++i)
        add(static_cast<Scope>(random()));
    commit();
    connection->run("PRAGMA wal_checkpoint(TRUNCATE)");
    const auto root = number("SELECT rootpage FROM sqlite_schema WHERE name = 'use_journal'");
    const auto size = number("PRAGMA page_size");
    usage.reset();
    connection.reset();
    look.reset();
    {
        std::FILE* file = std::fopen(path.c_str(), "r+b");
        ASSERT_NE(file, nullptr);
        std::fseek(file, static_cast<long>((root - 1) * size), SEEK_SET);
        const std::string garbage(static_cast<std::size_t>(size), '\x5a');
        std::fwrite(garbage.data(), 1, garbage.size(), file);
        std::fclose(file);
    }
    connection = *Connection::open(path, Access::write);
    look = *Connection::open(path, Access::read);
    start();
    ASSERT_TRUE(connection->run("BEGIN"));
    usage->begin();
    EXPECT_NE(connection->fault(), 0) << "this one has met it and can't write";
    connection->clear_fault();
    connection->run("ROLLBACK");
    connection->clear_fault();
    usage->forget();
    ASSERT_TRUE(connection->run("BEGIN"));
    usage->begin();
    EXPECT_FALSE(is_whole(77)) << "nobody is written to on the strength of what is not known";
    const bool is_new = connection->fault() == 0;
    connection->clear_fault();
    connection->run(is_new ? "COMMIT" : "ROLLBACK");
    connection->clear_fault();
    if (!is_new) usage->forget();
    begin();
    EXPECT_FALSE(is_whole(77));
    commit();
    EXPECT_TRUE(is_new);
}

}  // namespace
}  // namespace chapar::store::sqlite
