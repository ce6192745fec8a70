#include "contract_receipts.hpp"

namespace chapar::store {
namespace {

using namespace std::chrono_literals;

class WebhookContract : public ReceiptContract {
  protected:
    bool put(WebhookChange change) {
        return wait_for<bool>([&](auto done) { store->put_webhook(std::move(change), done); }).has_value();
    }
    bool drop(const std::string& name) {
        return wait_for<bool>([&](auto done) { store->drop_webhook(name, done); }).value();
    }
    WebhookState state(const std::string& name, std::int64_t cursor) const {
        return {.name = name, .cursor = cursor, .last_success = clock.now()};
    }
};

TEST_P(WebhookContract, where_an_endpoint_stands_and_what_waits_there_outlives_a_crash) {
    auto shop = state("shop", 7);
    shop.first_failure = clock.now() + 1s;
    const std::vector<WebhookWait> waits{{3, 2, clock.now() + 5min}, {5, 0, {}}, {9, 1, clock.now()}};
    ASSERT_TRUE(put({.state = shop, .put = waits}));
    ASSERT_TRUE(put({.state = state("bank", 0), .put = {{3, 4, clock.now()}}}));
    place->crash(store);
    open();
    EXPECT_EQ(store->webhooks().value(), (std::vector<WebhookState>{state("bank", 0), shop}));
    EXPECT_EQ(store->webhook_waits("shop").value(), waits);
    EXPECT_EQ(store->webhook_waits("bank").value(), (std::vector<WebhookWait>{{3, 4, clock.now()}}));
    EXPECT_TRUE(store->webhook_waits("other")->empty());
}

TEST_P(WebhookContract, a_change_replaces_what_it_names_and_leaves_the_rest) {
    ASSERT_TRUE(put({.state = state("shop", 4), .put = {{1, 1, clock.now()}, {2, 0, {}}, {4, 1, clock.now()}}}));
    auto later = state("shop", 6);
    later.disabled_at = clock.now() + 1h;
    later.why = "by the operator";
    ASSERT_TRUE(put({.state = later, .put = {{4, 2, clock.now() + 5s}, {6, 1, clock.now()}}, .drop = {1, 77}}));
    reopen();
    EXPECT_EQ(store->webhooks()->at(0), later);
    EXPECT_EQ(store->webhook_waits("shop").value(),
              (std::vector<WebhookWait>{{2, 0, {}}, {4, 2, clock.now() + 5s}, {6, 1, clock.now()}}));
}

TEST_P(WebhookContract, what_is_dropped_is_gone_with_all_that_waits) {
    ASSERT_TRUE(put({.state = state("shop", 4), .put = {{1, 1, clock.now()}, {2, 0, {}}}}));
    ASSERT_TRUE(put({.state = state("shop2", 5), .put = {{1, 1, clock.now()}}}));
    EXPECT_TRUE(drop("shop"));
    EXPECT_FALSE(drop("shop"));
    reopen();
    EXPECT_EQ(store->webhooks().value(), std::vector<WebhookState>{state("shop2", 5)});
    EXPECT_TRUE(store->webhook_waits("shop")->empty());
    EXPECT_EQ(store->webhook_waits("shop2")->size(), 1U);
}

TEST_P(WebhookContract, what_a_change_tells_stands_in_the_feed_with_it) {
    model::FeedEntry entry;
    entry.kind = "endpoint.disabled";
    entry.application = "shop";
    entry.code = "shop";
    entry.detail = "410";
    entry.at = clock.now();
    clock.advance(2s);
    ASSERT_TRUE(put({.state = state("shop", 4), .tells = entry}));
    place->crash(store);
    open();
    const auto page = store->feed(meant("shop", {"endpoint.disabled"}), {}, 10);
    ASSERT_EQ(page->entries.size(), 1U);
    EXPECT_EQ(page->entries[0].detail, "410");
    EXPECT_EQ(page->entries[0].code, "shop");
    EXPECT_EQ(page->entries[0].noted_at, clock.now());
    EXPECT_FALSE(page->entries[0].message);
    EXPECT_TRUE(store->feed(meant("bank"), {}, 10)->entries.empty());
    EXPECT_EQ(store->feed_end().value(), page->entries[0].number);
}

TEST_P(WebhookContract, a_reader_begins_at_the_end_of_the_feed_or_at_a_time) {
    EXPECT_EQ(store->feed_end().value(), 0);
    EXPECT_EQ(store->feed_before(clock.now()).value(), 0);
    const auto start = clock.now();
    for (const char* id : {"1", "2", "3", "4"}) {  // each is sent at once and delivered half an hour later
        sent(id);
        clock.advance(30min);
        tell(report(model::Word::delivered, id));
        clock.advance(30min);
    }
    const auto all = store->feed({}, {}, 100);
    ASSERT_EQ(all->entries.size(), 8U);
    EXPECT_EQ(store->feed_end().value(), all->entries.back().number);
    for (Milliseconds at{-1}; at < 5h; at += 7min) {
        std::int64_t before = 0;
        for (const auto& entry : all->entries)
            if (entry.noted_at < start + at) before = entry.number;
        EXPECT_EQ(store->feed_before(start + at).value(), before) << at.count();
    }
    (void)wait_for<std::int64_t>([&](auto done) { store->prune_feed(start + 90min, 100, done); });
    const auto rest = store->feed({}, {}, 100);
    ASSERT_FALSE(rest->entries.empty());
    EXPECT_LT(store->feed_before(start).value(), rest->entries.front().number);
    EXPECT_EQ(store->feed({}, {store->feed_before(start).value()}, 100)->entries.size(), rest->entries.size());
    (void)wait_for<std::int64_t>([&](auto done) { store->prune_feed(clock.now() + 9h, 100, done); });
    reopen();
    EXPECT_EQ(store->feed_end().value(), all->entries.back().number) << "no number is given twice";
}

INSTANTIATE_TEST_SUITE_P(Backends, WebhookContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
