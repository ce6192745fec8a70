#include <gtest/gtest.h>

#include "contract.hpp"
#include "older_store.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store {
namespace {

using namespace std::chrono_literals;

class WebhookFile : public testing::Test {
  protected:
    void open() {
        SqliteOptions options;
        options.path = path();
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    std::string path() const { return (directory.path() / "store.db").string(); }
    void run(const char* sql) {
        store.reset();
        {
            auto connection = sqlite::Connection::open(path(), sqlite::Access::write);
            ASSERT_TRUE(connection.has_value() && (*connection)->run(sql));
        }
        open();
    }
    void put(WebhookChange change) {
        ASSERT_TRUE(wait_for<bool>([&](auto done) { store->put_webhook(std::move(change), done); }).has_value());
    }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    std::unique_ptr<Store> store;
};

TEST_F(WebhookFile, an_endpoint_whose_row_is_damaged_gets_all_anew_and_misses_nothing) {
    open();
    put({.state = {.name = "bank", .cursor = 3, .last_success = clock.now()}});
    put({.state = {.name = "shop", .cursor = 7, .last_success = clock.now()},
         .put = {{4, 2, clock.now() + 1h}, {5, 3, clock.now() + 1h}}});
    run("UPDATE webhook SET cursor = 8 WHERE name = 'shop'; UPDATE webhook_wait SET tries = 9 WHERE number = 4");
    const auto all = store->webhooks();
    ASSERT_TRUE(all && all->size() == 2);
    EXPECT_EQ(all->at(0).cursor, 3);
    EXPECT_EQ(all->at(1).cursor, 0);
    EXPECT_FALSE(all->at(1).disabled_at);
    EXPECT_EQ(store->webhook_waits("shop").value(), (std::vector<WebhookWait>{{4, 0, {}}, {5, 3, clock.now() + 1h}}));
}

TEST_F(WebhookFile, a_store_of_an_earlier_version_gets_the_tables) {
    open();
    store->close();
    store.reset();
    take_tallies_away(path());
    run("DROP TABLE webhook; DROP TABLE webhook_wait; PRAGMA user_version = 15");
    put({.state = {.name = "shop", .cursor = 7, .last_success = clock.now()}, .put = {{4, 2, clock.now()}}});
    store.reset();
    open();
    EXPECT_EQ(store->webhooks()->size(), 1U);
    EXPECT_EQ(store->webhook_waits("shop")->size(), 1U);
}

}  // namespace
}  // namespace chapar::store
