// Counts for reports in the embedded store's file: of a store of before there were any, and damaged.

#include <random>

#include "older_store.hpp"
#include "store/sqlite/live_rebuild.hpp"
#include "tallies.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::Named;
using model::Reason;
using model::Tallied;
using model::Verdict;

class TalliesFile : public testing::Test {
  protected:
    void SetUp() override {
        options.path = (directory.path() / "store.db").string();
        options.zone = "Asia/Tehran";
        open();
    }
    void open() {
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void close() {
        store->close();
        store.reset();
    }
    void run(const char* sql) const {
        auto connection = sqlite::Connection::open(options.path, sqlite::Access::write);
        ASSERT_TRUE((*connection)->run(sql));
    }
    std::int64_t number(const char* sql) const {
        auto connection = sqlite::Connection::open(options.path, sqlite::Access::read);
        return (*connection)->number(sql).value_or(-1);
    }
    void end(MessageId id, int number, Event event, model::Outcome told, Reason reason) {
        ASSERT_TRUE(driver.lease(*store, id, number));
        Settlement settlement;
        settlement.key = id.key();
        settlement.number = number;
        settlement.event = event;
        settlement.outcome = std::move(told);
        settlement.at = settlement.due = clock.now();
        settlement.trace = {{clock.now(), reason, ""}};
        ASSERT_TRUE(wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); })->front());
    }

    TemporaryDirectory directory;
    SqliteOptions options;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
};

TEST_F(TalliesFile, what_an_earlier_version_sent_is_counted_when_its_store_is_brought_up) {
    std::mt19937 dice{7};
    for (int i = 0; i < 300; ++i) {
        auto item = driver.make(i % 3 == 0 ? "bank" : "shop");
        item.message.plan.resize(1);
        item.message.campaign = i % 5 == 0 ? "autumn" : "spring";
        const auto id = driver.accept_one(*store, item);
        clock.advance(std::chrono::minutes(dice() % 40));
        switch (dice() % 6) {
            case 0:
                end(id, 1, Event::attempt_accepted, outcome(Verdict::accepted), Reason::sent);
                break;
            case 1:
                end(id, 1, Event::attempt_delivered, outcome(Verdict::delivered), Reason::delivered);
                break;
            case 2:
                end(id, 1, Event::attempt_rejected, outcome(Verdict::rejected, model::Blame::gone, "550 5.1.1"),
                    Reason::rejected);
                break;
            case 3:
                end(id, 1, Event::attempt_retry, outcome(Verdict::retry), Reason::retry_later);
                end(id, 2, Event::stop, outcome(Verdict::rejected, model::Blame::message), Reason::render_failed);
                break;
            case 4: {
                Transition transition;
                transition.key = id.key();
                transition.event = Event::suppress;
                transition.trace = {{clock.now(), Reason::capped, ""}};
                ASSERT_TRUE(driver.move(*store, transition).has_value());
                break;
            }
            default:
                break;
        }
    }
    const auto before = lines(*store);
    EXPECT_GT(before.size(), 10U);
    close();
    take_tallies_away(options.path);
    run("PRAGMA user_version = 19");
    open();
    EXPECT_EQ(lines(*store), before);
    auto later = driver.make();
    later.message.plan.resize(1);
    driver.accept_one(*store, later);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 301);
    close();
    EXPECT_EQ(number("SELECT count(*) FROM series"), 4) << "those of before are found again";
}

TEST_F(TalliesFile, a_message_of_before_goes_on_being_counted) {
    auto item = driver.make();
    item.message.plan.resize(1);
    const auto id = driver.accept_one(*store, item);
    close();
    take_tallies_away(options.path);
    run("PRAGMA user_version = 19");
    open();
    end(id, 1, Event::attempt_accepted, outcome(Verdict::accepted), Reason::sent);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 1);
    EXPECT_EQ(total(*store).of(Tallied::sent), 1);
    EXPECT_EQ(lines(*store).size(), 1U);
}

TEST_F(TalliesFile, a_damaged_day_says_so_and_counts_on) {
    driver.accept_one(*store);
    close();
    run("UPDATE tally SET sum = sum + 1");
    open();
    EXPECT_EQ(total(*store).of(Tallied::damaged), 1);
    driver.accept_one(*store);
    driver.accept_one(*store);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 2);
    EXPECT_EQ(total(*store).of(Tallied::damaged), 1);
}

TEST_F(TalliesFile, a_day_of_a_campaign_is_one_row) {
    for (int batch = 0; batch < 5; ++batch) {
        std::vector<NewMessage> items;
        for (int i = 0; i < 100; ++i)
            items.push_back(driver.make());
        ASSERT_TRUE(Driver::accept(*store, std::move(items)).has_value());
    }
    EXPECT_EQ(total(*store).of(Tallied::accepted), 500);
    close();
    EXPECT_EQ(number("SELECT count(*) FROM tally"), 1);
}

/// A store of which only the newest counts are known to stand in `live`.
class PendingTallies : public TalliesFile {
  protected:
    void accept_campaigns(int first, int count) {
        for (int i = first; i < first + count; ++i) {
            auto item = driver.make();
            item.message.plan.resize(1);
            item.message.campaign = "campaign-" + std::to_string(i);
            driver.accept_one(*store, item);
        }
    }
    /// As the disk is after a power cut; the store goes on there.
    void cut() {
        const auto copy = directory.path() / ("cut-" + std::to_string(++cuts_));
        std::filesystem::create_directory(copy);
        for (const auto* part : {"store.db", "store.db-wal"})
            std::filesystem::copy_file(std::filesystem::path(options.path).parent_path() / part, copy / part);
        close();
        options.path = (copy / "store.db").string();
    }
    static constexpr const char* pending = "SELECT count(*) FROM live WHERE pool = -3";

  private:
    int cuts_ = 0;
};

TEST_F(PendingTallies, are_counted_folded_when_they_grow_and_gone_when_the_store_is_closed) {
    accept_campaigns(0, 20);
    EXPECT_EQ(number(pending), 20);
    EXPECT_EQ(number("SELECT count(*) FROM tally"), 0);
    EXPECT_EQ(lines(*store).size(), 20U);
    EXPECT_EQ(total(*store, {.campaign = "campaign-7"}).of(Tallied::accepted), 1);
    accept_campaigns(0, 20);
    EXPECT_EQ(number(pending), 20) << "a row for each counter";
    accept_campaigns(20, 180);
    EXPECT_LE(number(pending), 65);
    EXPECT_GT(number("SELECT count(*) FROM tally"), 100);
    const auto before = lines(*store);
    EXPECT_EQ(before.size(), 200U);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 220);
    close();
    EXPECT_EQ(number(pending), 0);
    EXPECT_EQ(number("SELECT count(*) FROM tally"), 200);
    open();
    EXPECT_EQ(lines(*store), before);
}

TEST_F(PendingTallies, outlive_a_power_cut) {
    accept_campaigns(0, 30);
    const auto before = lines(*store);
    cut();
    EXPECT_EQ(number(pending), 30);
    open();
    EXPECT_EQ(lines(*store), before);
    accept_campaigns(0, 30);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 60);
    EXPECT_EQ(number(pending), 30);
}

TEST_F(PendingTallies, say_when_they_are_damaged_and_count_on) {
    accept_campaigns(0, 1);
    cut();
    run("UPDATE live SET expires = expires + 5 WHERE pool = -3");
    open();
    EXPECT_EQ(total(*store).of(Tallied::damaged), 1);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 0);
    accept_campaigns(0, 2);
    accept_campaigns(1, 70);
    EXPECT_EQ(total(*store, {.campaign = "campaign-0"}).of(Tallied::damaged), 1);
    EXPECT_EQ(total(*store, {.campaign = "campaign-0"}).of(Tallied::accepted), 1);
    EXPECT_EQ(total(*store).of(Tallied::accepted), 72);
}

TEST_F(PendingTallies, are_kept_when_the_list_that_they_stand_in_is_made_anew) {
    accept_campaigns(0, 3);
    const auto before = lines(*store);
    cut();
    {
        auto connection = sqlite::Connection::open(options.path, sqlite::Access::write);
        (*connection)->run("BEGIN IMMEDIATE");
        sqlite::rebuild_live(**connection);
        ASSERT_TRUE((*connection)->run("COMMIT"));
    }
    EXPECT_EQ(number(pending), 0);
    open();
    EXPECT_EQ(lines(*store), before);
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(model::State::waiting)], 3);
}

TEST_F(TalliesFile, the_number_of_a_line_that_is_forgotten_is_not_given_to_another) {
    auto item = driver.make();
    item.message.plan.resize(1);
    item.message.campaign = "old";
    const auto id = driver.accept_one(*store, item);
    clock.advance(std::chrono::hours(24 * 10));
    const auto before = clock.now() - std::chrono::hours(48);
    EXPECT_EQ(*wait_for<std::int64_t>([&](auto done) { store->prune_tallies(before, 100, done); }), 1);
    auto other = driver.make();
    other.message.plan.resize(1);
    other.message.campaign = "new";
    driver.accept_one(*store, other);
    end(id, 1, Event::attempt_accepted, outcome(Verdict::accepted), Reason::sent);
    EXPECT_EQ(total(*store, {.campaign = "new"}).of(Tallied::sent), 0);
    EXPECT_EQ(total(*store, {.campaign = "old"}).of(Tallied::sent), 1);
}

}  // namespace
}  // namespace chapar::store
