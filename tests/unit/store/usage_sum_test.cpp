// Scopes with many uses: what comes as totals is exactly what the uses would have said, however much is in memory.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>

#include "store/open_sqlite.hpp"
#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {
namespace {

using model::Scope;
using model::Use;
using model::UseState;

constexpr Scope big = 7;

/// Of one stretch between edges: kind, state -> uses, segments, cost.
using Sums =
    std::map<std::tuple<std::size_t, model::KindId, UseState>, std::tuple<std::int64_t, std::int64_t, std::int64_t>>;

class UsageSums : public testing::Test {
  protected:
    UsageSums()
        : path((std::filesystem::temp_directory_path() / ("chapar-sums-" + std::to_string(::getpid()))).string()) {
        std::filesystem::remove(path);
        SqliteOptions options;
        options.path = path;
        EXPECT_TRUE(open_sqlite(options, clock).has_value());  // makes the tables
        connection = *Connection::open(path, Access::write);
        connection->run("PRAGMA synchronous = OFF");
        reopen();
    }
    ~UsageSums() override {
        usage.reset();
        connection.reset();
        for (const auto* end : {"", "-wal", "-shm"})
            std::filesystem::remove(path + end);
    }
    void reopen() {
        usage = std::make_unique<Usage>(*connection, memory, clock);
        usage->begin();
    }
    void commit() {
        connection->run("BEGIN");
        usage->flush();
        connection->run("COMMIT");
        usage->begin();
        if (random() % 2 == 0) return;
        connection->run("BEGIN");
        usage->merge(1 + random() % 1'000);
        usage->flush();
        connection->run("COMMIT");
        usage->begin();
    }
    Timestamp some_time() { return from_ms(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(now))); }

    /// A use more, or an older one that ends or is given back.
    void step() {
        if (all.empty() || random() % 3 != 0) {
            now += static_cast<std::int64_t>(random() % 50);
            Use use{from_ms(now),
                    MessageKey{now << MessageId::order_bits | static_cast<std::int64_t>(all.size() % 1000)},
                    static_cast<model::KindId>(1 + random() % 3),
                    static_cast<std::int32_t>(1 + random() % 4),
                    static_cast<std::int64_t>(random() % 3) * 1000,
                    UseState::reserved};
            if (random() % 4 != 0) use.state = static_cast<UseState>(1 + random() % 4);
            usage->add(big, use);
            all.push_back(use);
            return;
        }
        const auto at = random() % all.size();
        Use& use = all[at];
        if (use.state != UseState::reserved) return;
        if (random() % 4 == 0) {
            EXPECT_TRUE(usage->give_back(big, use.at, use.key));
            all.erase(all.begin() + static_cast<std::ptrdiff_t>(at));
            return;
        }
        use.state = static_cast<UseState>(1 + random() % 4);
        usage->restate(big, use.at, use.key, use.state);
    }

    static void add_to(Sums& sums, const std::vector<Timestamp>& edges, Timestamp at, model::KindId kind,
                       UseState state, std::int64_t uses, std::int64_t segments, std::int64_t cost) {
        const auto stretch = std::count_if(edges.begin(), edges.end(), [at](Timestamp edge) { return edge <= at; });
        auto& [u, s, c] = sums[{static_cast<std::size_t>(stretch), kind, state}];
        u += uses;
        s += segments;
        c += cost;
    }
    void compare() {
        std::vector<Timestamp> edges;
        for (auto n = 1 + random() % 3; n > 0; --n)
            edges.push_back(some_time());
        const auto from = *std::min_element(edges.begin(), edges.end());
        Sums expected, is;
        for (const auto& use : all)
            if (use.at >= from) add_to(expected, edges, use.at, use.kind, use.state, 1, use.segments, use.cost);
        const auto see = [&](const Use& use) {
            add_to(is, edges, use.at, use.kind, use.state, 1, use.segments, use.cost);
            return true;
        };
        const auto add = [&](const model::Total& total) {
            EXPECT_NE(total.state, UseState::reserved);
            for (const auto edge : edges)
                EXPECT_FALSE(total.first < edge && edge <= total.last) << "it lies on both sides of an edge";
            add_to(is, edges, total.first, total.kind, total.state, total.uses, total.segments, total.cost);
            summed_uses += total.uses;
        };
        ASSERT_TRUE(usage->summed(big, edges, see, add));
        ASSERT_EQ(is, expected);
    }
    /// More uses of others than are kept in memory.
    void press() {
        for (int i = 0; i < 51'000; ++i)
            usage->add(1000 + i / 8, {from_ms(i), MessageKey{i}, 1, 1, 0, UseState::handed_off});
        commit();
    }

    SystemClock clock;
    std::string path;
    std::unique_ptr<Connection> connection;
    TableMemory memory;
    std::unique_ptr<Usage> usage;
    std::mt19937_64 random{11};
    std::int64_t now = 1000, summed_uses = 0;
    std::vector<Use> all;
};

TEST_F(UsageSums, totals_are_what_the_uses_say) {
    for (int round = 0; round < 60; ++round) {
        for (int i = 0; i < 100; ++i)
            step();
        for (std::size_t i = 0; i + 50 < all.size(); ++i) {  // only the newest are still under way
            if (all[i].state != UseState::reserved) continue;
            all[i].state = UseState::delivered;
            usage->restate(big, all[i].at, all[i].key, UseState::delivered);
        }
        commit();
        if (round % 10 == 5) press();
        if (round % 10 == 9) reopen();
        compare();
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(summed_uses, 10'000) << "most came as totals";
    std::size_t seen = 0;
    EXPECT_TRUE(usage->visit(big, Timestamp{}, [&](const Use& use) { return use.at == all[seen++].at; }));
    EXPECT_EQ(seen, all.size()) << "and each is still there by itself";
}

TEST_F(UsageSums, an_old_use_may_change_while_only_its_sum_is_in_memory) {
    for (int i = 0; i < 2'000; ++i) {
        now += 10;
        all.push_back({from_ms(now), MessageKey{now}, 1, 1, 0, UseState::reserved});
        usage->add(big, all.back());
    }
    for (auto& use : all)
        usage->restate(big, use.at, use.key, use.state = UseState::handed_off);
    commit();
    press();
    compare();
    all[100].state = UseState::undelivered;
    usage->restate(big, all[100].at, all[100].key, UseState::undelivered);
    usage->add(big, {all[50].at, MessageKey{5}, 2, 3, 0, UseState::handed_off});
    all.insert(all.begin() + 51, {all[50].at, MessageKey{5}, 2, 3, 0, UseState::handed_off});
    compare();
    commit();
    reopen();
    compare();
}

TEST_F(UsageSums, what_is_pruned_is_gone_from_the_sums) {
    for (int i = 0; i < 2'000; ++i) {
        now += 10;
        all.push_back({from_ms(now), MessageKey{now}, 1, 1, 0, UseState::handed_off});
        usage->add(big, all.back());
    }
    commit();
    compare();
    const auto before = all[1'000].at;
    connection->run("BEGIN");
    EXPECT_EQ(usage->prune(before, 1'000), 1'000);
    connection->run("COMMIT");
    all.erase(all.begin(), all.begin() + 1'000);
    for (int i = 0; i < 5; ++i)
        compare();
}

}  // namespace
}  // namespace chapar::store::sqlite
