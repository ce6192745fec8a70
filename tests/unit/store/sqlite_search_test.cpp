// Finding messages by what they name, in the runs of the index and before they are in one.

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <thread>

#include "contract.hpp"
#include "store/person.hpp"

namespace chapar::store {
namespace {

using model::Event;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

class Search : public testing::Test {
  protected:
    static constexpr int run = 8;

    Search() {
        options.path = (directory.path() / "store.db").string();
        options.search_run = run;
    }
    void SetUp() override { open(); }
    void open() {
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    MessageId add(const std::string& address, const std::function<void(NewMessage&)>& change = {}) {
        auto item = driver.make();
        item.message.plan = {{"email", address, "welcome", "", ""}};
        item.message.recipient = "r-" + address;
        if (change) change(item);
        clock.advance(Milliseconds{10});
        return driver.accept_one(*store, item);
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i)
            add("other" + std::to_string(i) + "@example.org");
    }
    std::int64_t number(const char* sql) const {
        sqlite3* db = nullptr;
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_open_v2(options.path.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
        EXPECT_EQ(sqlite3_prepare_v2(db, sql, -1, &statement, nullptr), SQLITE_OK);
        const auto out = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;
        sqlite3_finalize(statement);
        sqlite3_close(db);
        return out;
    }
    /// Until the index holds all whole runs.
    void index(std::int64_t runs) {
        clock.advance(std::chrono::minutes(2));
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (number("SELECT count(*) FROM search_run") < runs && std::chrono::steady_clock::now() < until)
            std::this_thread::yield();
        ASSERT_GE(number("SELECT count(*) FROM search_run"), runs);
    }
    std::vector<MessageId> found(const ListFilter& filter, int limit = 100) const {
        return store::found(*store, filter, limit);
    }

    TemporaryDirectory directory;
    SqliteOptions options;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
};

TEST_F(Search, an_address_is_found_in_every_run_and_before_it_is_in_one_newest_first) {
    std::vector<MessageId> wanted;
    for (int i = 0; i < 4; ++i) {
        wanted.insert(wanted.begin(), add("Wanted@Example.org"));
        fill(11);
    }
    EXPECT_THAT(found(by_address("wanted@example.ORG")), ElementsAreArray(wanted)) << "nothing is indexed yet";
    index(6);
    wanted.insert(wanted.begin(), add("wanted@example.org"));
    EXPECT_THAT(found(by_address("wanted@example.org")), ElementsAreArray(wanted));
    EXPECT_THAT(found(by_address("wanted@example.org"), 1), ElementsAreArray(wanted)) << "page by page";
    EXPECT_THAT(found(by_address("nobody@example.org")), IsEmpty());
}

TEST_F(Search, the_index_goes_on_after_a_restart) {
    const auto first = add("wanted@example.org");
    fill(run);
    index(1);
    const auto second = add("wanted@example.org");
    fill(run);
    store->close();
    store.reset();
    open();
    index(2);
    EXPECT_THAT(found(by_address("wanted@example.org")), ElementsAre(second, first));
}

TEST_F(Search, every_filter_finds_what_it_names_alone_and_together) {
    const auto plain = add("a@example.org");
    const auto other = add("a@example.org", [](NewMessage& item) {
        item.message.plan[0].template_name = "bye";
        item.message.campaign = "autumn";
        item.message.tags = {"order-77"};
        item.message.application = "bank";
        item.message.class_name = "otp";
    });
    fill(run);
    index(1);
    ListFilter filter;
    filter.template_name = "bye";
    EXPECT_THAT(found(filter), ElementsAre(other));
    filter = {};
    filter.tag = "order-77";
    EXPECT_THAT(found(filter), ElementsAre(other));
    filter = {};
    filter.campaign = "autumn";
    EXPECT_THAT(found(filter), ElementsAre(other));
    filter = {};
    filter.application = "bank";
    EXPECT_THAT(found(filter), ElementsAre(other));
    filter = by_address("a@example.org");
    filter.class_name = "otp";
    EXPECT_THAT(found(filter), ElementsAre(other));
    filter = by_address("a@example.org");
    filter.template_name = "welcome";
    EXPECT_THAT(found(filter), ElementsAre(plain));
    filter = {};
    filter.recipient = "r-a@example.org";
    EXPECT_THAT(found(filter), ElementsAre(other, plain));
}

TEST_F(Search, time_bounds_a_search) {
    std::vector<MessageId> wanted;
    std::vector<Timestamp> at;
    for (int i = 0; i < 3; ++i) {
        at.push_back(clock.now());
        wanted.push_back(add("wanted@example.org"));
        fill(run);
    }
    index(3);
    auto filter = by_address("wanted@example.org");
    filter.since = at[1];
    EXPECT_THAT(found(filter), ElementsAre(wanted[2], wanted[1]));
    filter.until = at[2];
    EXPECT_THAT(found(filter), ElementsAre(wanted[1]));
    filter.since.reset();
    EXPECT_THAT(found(filter), ElementsAre(wanted[1], wanted[0]));
    ListFilter all;
    all.since = at[1];
    all.until = at[2];
    EXPECT_EQ(found(all).size(), 1U + run);
}

TEST_F(Search, a_route_is_found_whether_it_was_tried_before_the_run_was_made_or_after) {
    const auto early = add("a@example.org");
    const auto late = add("b@example.org");
    const auto never = add("c@example.org");
    ASSERT_TRUE(driver.lease(*store, early, 1));
    fill(run);
    index(1);
    ListFilter filter;
    filter.route = "smtp-a";
    EXPECT_THAT(found(filter), ElementsAre(early));
    ASSERT_TRUE(driver.lease(*store, late, 1));
    EXPECT_THAT(found(filter), ElementsAre(late, early));
    EXPECT_EQ(store->find(never)->progress.attempts, 0);
    const auto young = add("d@example.org");
    ASSERT_TRUE(driver.lease(*store, young, 1));
    EXPECT_THAT(found(filter), ElementsAre(young, late, early));
}

TEST_F(Search, an_erased_person_is_found_no_more_and_leaves_no_entry) {
    add("wanted@example.org");
    const auto kept = add("kept@example.org");
    fill(run);
    index(1);
    const auto erased = wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
        [&](auto done) { store->erase_person("shop", *person_of(*store, "shop", "r-wanted@example.org"), done); });
    ASSERT_TRUE(erased.has_value());
    EXPECT_THAT(found(by_address("wanted@example.org")), IsEmpty());
    EXPECT_THAT(found(by_address("kept@example.org")), ElementsAre(kept));
    store->close();
    const auto bytes_before = number("SELECT sum(length(entries)) FROM search_chunk");
    // 16 bytes an entry: application, recipient, campaign, two tags, address and template of each of eight messages;
    // of the erased one the application alone.
    EXPECT_EQ(bytes_before, 16 * (7 * (run - 1) + 1));
}

TEST_F(Search, who_gets_a_copy_is_found_where_copies_are_asked_for_and_not_once_erased) {
    for (const bool is_indexed : {false, true}) {
        const auto tail = is_indexed ? "2@example.org" : "1@example.org";
        const auto with = [&](NewMessage& item) {
            item.message.plan[0].copies = {{std::string("copy") + tail, true, 0}, {std::string("other-copy") + tail}};
        };
        const auto id = add(std::string("main") + tail, with);
        if (is_indexed) {
            fill(run);
            index(1);
        }
        auto filter = by_address(std::string("Copy") + tail);
        EXPECT_THAT(found(filter), IsEmpty()) << "what is done to messages to an address is not done to others' mail";
        filter.with_copies = true;
        EXPECT_THAT(found(filter), ElementsAre(id));
        const auto person = person_of(*store, "shop", std::string("copy") + tail);
        ASSERT_TRUE(person.has_value());
        EXPECT_THAT(person->ids, ElementsAre(std::string("copy") + tail)) << "not who the mail is for";
        const auto erased = wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
            [&](auto done) { store->erase_person("shop", *person, done); });
        ASSERT_TRUE(erased.has_value());
        EXPECT_THAT(found(filter), IsEmpty());
        EXPECT_THAT(found(by_address(std::string("main") + tail)), ElementsAre(id));
        filter.address = std::string("other-copy") + tail;
        EXPECT_THAT(found(filter), ElementsAre(id));
    }
}

TEST_F(Search, what_is_pruned_leaves_the_index_too) {
    std::vector<MessageId> ids;
    for (int i = 0; i < run; ++i)
        ids.push_back(add("wanted@example.org"));
    ASSERT_TRUE(driver.lease(*store, ids[0], 1));
    ASSERT_TRUE(driver.settle(*store, ids[0], 1, Event::attempt_retry));
    index(1);
    ASSERT_TRUE(driver.lease(*store, ids[0], 2));
    ASSERT_TRUE(driver.settle(*store, ids[0], 2, Event::attempt_accepted));
    for (std::size_t i = 1; i < ids.size(); ++i)
        ASSERT_TRUE(Driver::move(*store, ids[i], Event::cancel).has_value());
    clock.advance(std::chrono::hours(1));
    for (int i = 0; i < 3; ++i) {
        const auto pruned = wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 100, done); });
        ASSERT_TRUE(pruned.has_value());
    }
    EXPECT_THAT(found(by_address("wanted@example.org")), IsEmpty());
    store->close();
    EXPECT_EQ(number("SELECT count(*) FROM search_chunk"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM search_run"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM search_late"), 0);
}

}  // namespace
}  // namespace chapar::store
