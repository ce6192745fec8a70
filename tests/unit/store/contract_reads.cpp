#include <gmock/gmock.h>

#include "contract.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;
using testing::ElementsAre;
using testing::UnorderedElementsAre;
class Reads : public Contract {
  protected:
    std::vector<MessageId> due_ids(PoolId pool, int limit = 100) {
        std::vector<MessageId> ids;
        const auto due = store->due(pool, clock.now(), limit);
        EXPECT_TRUE(due.has_value());
        for (const auto& queued : *due)
            ids.push_back(queued.message.id);
        return ids;
    }
    std::vector<MessageId> listed(const ListFilter& filter) {
        std::vector<MessageId> ids;
        const auto page = store->list(filter, std::nullopt, 100);
        EXPECT_TRUE(page.has_value());
        for (const auto& record : page->records)
            ids.push_back(record.message.id);
        return ids;
    }
};

TEST_P(Reads, due_messages_come_by_due_time_then_age) {
    auto late = driver.make();
    auto early = driver.make();
    auto future = driver.make();
    early.message.send_at -= std::chrono::minutes(1);
    future.message.send_at += std::chrono::minutes(1);
    const auto late_id = driver.accept_one(*store, late);
    const auto early_id = driver.accept_one(*store, early);
    const auto future_id = driver.accept_one(*store, future);
    const auto last_id = driver.accept_one(*store);
    const auto pool = driver.pool(*store, late);
    EXPECT_THAT(due_ids(pool), ElementsAre(early_id, late_id, last_id));
    EXPECT_THAT(due_ids(pool, 2), ElementsAre(early_id, late_id));
    clock.advance(std::chrono::minutes(1));
    EXPECT_THAT(due_ids(pool), ElementsAre(early_id, late_id, last_id, future_id));
}

TEST_P(Reads, due_holds_to_its_pool_and_to_what_waits) {
    const auto mine = driver.accept_one(*store);
    const auto other = driver.accept_one(*store, "bank");
    const auto sent = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, sent, 1));
    EXPECT_THAT(due_ids(driver.pool(*store, driver.make())), ElementsAre(mine));
    EXPECT_THAT(due_ids(driver.pool(*store, driver.make("bank"))), ElementsAre(other));
    EXPECT_TRUE(due_ids(PoolId{4711}).empty());
}

TEST_P(Reads, due_leaves_out_what_is_known_and_counts_the_others_only) {
    std::vector<MessageKey> known;
    std::vector<MessageId> others;
    for (int i = 0; i < 10; ++i) {
        const auto id = driver.accept_one(*store);
        if (i % 2 == 0)
            known.push_back(id.key());
        else
            others.push_back(id);
    }
    const auto due = store->due(driver.pool(*store, driver.make()), clock.now(), 3, known);
    ASSERT_TRUE(due.has_value());
    ASSERT_EQ(due->size(), 3U);
    for (std::size_t i = 0; i < due->size(); ++i)
        EXPECT_EQ((*due)[i].message.id, others[i]);
}

TEST_P(Reads, no_page_is_much_larger_than_page_bytes) {
    constexpr std::size_t large = 6 << 20;
    std::vector<MessageId> all;
    for (int i = 0; i < 5; ++i) {
        auto item = driver.make();
        item.message.body = "{\"data\":\"" + std::string(large, 'x') + "\"}";
        all.push_back(driver.accept_one(*store, std::move(item)));
    }
    const auto pool = driver.pool(*store, driver.make());
    const auto first = store->due(pool, clock.now(), 100);
    ASSERT_TRUE(first.has_value());
    EXPECT_EQ(first->size(), 3U) << "the third passes 16 MiB";
    const std::vector<MessageKey> known = {all[0].key(), all[1].key(), all[2].key()};
    EXPECT_EQ(store->due(pool, clock.now(), 100, known)->size(), 2U) << "what is known takes nothing of it";
    const auto page = store->list({}, std::nullopt, 100);
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->records.size(), 3U);
    ASSERT_TRUE(page->next.has_value());
    EXPECT_EQ(store->list({}, page->next, 100)->records.size(), 2U);
}

TEST_P(Reads, due_carries_message_and_progress) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_retry));
    clock.advance(std::chrono::minutes(5));
    const auto due = store->due(driver.pool(*store, driver.make()), clock.now(), 1);
    ASSERT_TRUE(due.has_value());
    ASSERT_EQ(due->size(), 1U);
    EXPECT_EQ(due->front().progress.attempts, 1);
    EXPECT_EQ(due->front().progress.step, 1);
    EXPECT_EQ(due->front().message.plan.size(), 2U);
    EXPECT_FALSE(due->front().progress.trace.empty());
}

TEST_P(Reads, pools_say_how_many_wait_and_when_the_next_is_due) {
    auto future = driver.make("bank");
    future.message.send_at += std::chrono::hours(1);
    driver.accept_one(*store, future);
    const auto id = driver.accept_one(*store);
    driver.accept_one(*store);
    const auto expect = [&](std::int64_t of_shop) {
        const auto pools = store->pools();
        ASSERT_TRUE(pools.has_value());
        std::int64_t shop = 0;
        for (const auto& depth : *pools) {
            if (depth.pool.application == "shop") shop = depth.waiting;
            if (depth.pool.application != "bank") continue;
            EXPECT_EQ(depth.waiting, 1);
            EXPECT_EQ(depth.next_due, future.message.send_at);
        }
        EXPECT_EQ(shop, of_shop);
    };
    expect(2);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    expect(1);
    reopen();
    expect(1);
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::give_back, {}, orphan_owner(*store, id.key())));
    expect(2);
}

TEST_P(Reads, a_pool_with_nothing_waiting_is_not_named) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(Driver::move(*store, id, Event::cancel).has_value());
    EXPECT_TRUE(store->pools()->empty());
}

TEST_P(Reads, overdue_finds_what_waits_or_is_held_past_its_time) {
    auto quick = driver.make();
    quick.message.expires_at = clock.now() + std::chrono::minutes(1);
    const auto waiting = driver.accept_one(*store, quick);
    quick = driver.make();
    quick.message.expires_at = clock.now() + std::chrono::minutes(2);
    const auto held = driver.accept_one(*store, quick);
    ASSERT_TRUE(Driver::move(*store, held, Event::quarantine).has_value());
    const auto sent = driver.accept_one(*store, driver.make());
    ASSERT_TRUE(driver.lease(*store, sent, 1));
    driver.accept_one(*store);
    EXPECT_TRUE(store->overdue(clock.now(), 10)->empty());
    clock.advance(std::chrono::minutes(2));
    EXPECT_THAT(store->overdue(clock.now(), 10).value(), ElementsAre(waiting.key(), held.key()));
    EXPECT_THAT(store->overdue(clock.now(), 1).value(), ElementsAre(waiting.key()));
    ASSERT_TRUE(Driver::move(*store, waiting, Event::expire).has_value());
    EXPECT_THAT(store->overdue(clock.now(), 10).value(), ElementsAre(held.key()));
}

TEST_P(Reads, a_list_is_newest_first_and_pages_meet_without_gap) {
    std::vector<MessageId> ids;
    for (int i = 0; i < 25; ++i)
        ids.push_back(driver.accept_one(*store));
    std::vector<MessageId> seen;
    std::optional<MessageKey> below;
    do {
        const auto page = store->list({}, below, 10);
        ASSERT_TRUE(page.has_value());
        ASSERT_LE(page->records.size(), 10U);
        for (const auto& record : page->records)
            seen.push_back(record.message.id);
        below = page->next;
    } while (below);
    std::reverse(seen.begin(), seen.end());
    EXPECT_EQ(seen, ids);
}

TEST_P(Reads, each_filter_narrows_the_list) {
    const auto plain = driver.accept_one(*store);
    auto item = driver.make("bank");
    const auto bank = driver.accept_one(*store, item);
    item = driver.make();
    item.message.class_name = "bulk";
    const auto bulk = driver.accept_one(*store, item);
    item = driver.make();
    item.message.recipient = "customer-2";
    const auto recipient = driver.accept_one(*store, item);
    item = driver.make();
    item.message.campaign = "autumn";
    const auto campaign = driver.accept_one(*store, item);
    item = driver.make();
    item.message.tags = {"greenish", "red"};
    const auto tag = driver.accept_one(*store, item);
    const auto cancelled = driver.accept_one(*store);
    ASSERT_TRUE(Driver::move(*store, cancelled, Event::cancel).has_value());

    ListFilter filter;
    filter.application = "bank";
    EXPECT_THAT(listed(filter), UnorderedElementsAre(bank));
    filter = {};
    filter.class_name = "bulk";
    EXPECT_THAT(listed(filter), UnorderedElementsAre(bulk));
    filter = {};
    filter.recipient = "customer-2";
    EXPECT_THAT(listed(filter), UnorderedElementsAre(recipient));
    filter = {};
    filter.campaign = "autumn";
    EXPECT_THAT(listed(filter), UnorderedElementsAre(campaign));
    filter = {};
    filter.tag = "red";
    EXPECT_THAT(listed(filter), UnorderedElementsAre(tag));
    filter.tag = "green";
    EXPECT_THAT(listed(filter), UnorderedElementsAre(plain, bank, bulk, recipient, campaign, cancelled));
    filter = {};
    filter.state = State::cancelled;
    EXPECT_THAT(listed(filter), UnorderedElementsAre(cancelled));
    filter.application = "bank";
    EXPECT_TRUE(listed(filter).empty());
    EXPECT_EQ(listed({}).size(), 7U);
}

TEST_P(Reads, a_page_looks_at_a_bounded_number_of_rows_and_goes_on) {
    const auto first = driver.accept_one(*store, "rare");
    std::vector<NewMessage> many;
    for (int i = 0; i < 21'000; ++i)
        many.push_back(driver.make("common"));
    ASSERT_TRUE(Driver::accept(*store, std::move(many)).has_value());
    ListFilter filter;
    filter.application = "rare";
    std::optional<MessageKey> below;
    int pages = 0;
    std::vector<MessageId> found;
    do {
        const auto page = store->list(filter, below, 10);
        ASSERT_TRUE(page.has_value());
        for (const auto& record : page->records)
            found.push_back(record.message.id);
        below = page->next;
        ++pages;
    } while (below);
    EXPECT_THAT(found, ElementsAre(first));
    EXPECT_GT(pages, 1);
}

INSTANTIATE_TEST_SUITE_P(Backends, Reads, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
