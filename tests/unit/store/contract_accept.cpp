#include "contract.hpp"

namespace chapar::store {
namespace {

using Kind = AcceptResult::Kind;
class Accept : public Contract {};

TEST_P(Accept, a_message_comes_back_as_it_was_given) {
    auto item = driver.make("shop", "order-1");
    item.message.body = std::string("\0body\n\xFF", 7);
    const auto expected = item;
    const auto id = driver.accept_one(*store, item);
    const auto record = store->find(id);
    ASSERT_TRUE(record.has_value());
    const auto& message = record->message;
    EXPECT_EQ(message.id, expected.message.id);
    EXPECT_EQ(message.application, "shop");
    EXPECT_EQ(message.class_name, "transactional");
    EXPECT_EQ(message.recipient, "customer-1");
    EXPECT_EQ(message.campaign, "spring");
    EXPECT_EQ(message.tags, expected.message.tags);
    ASSERT_EQ(message.plan.size(), 2U);
    EXPECT_EQ(message.plan[0].channel, "email");
    EXPECT_EQ(message.plan[0].address, "a@example.org");
    EXPECT_EQ(message.plan[0].template_name, "welcome");
    EXPECT_EQ(message.plan[0].revision, "rev-1");
    EXPECT_EQ(message.plan[0].locale, "fa-IR");
    EXPECT_EQ(message.plan[1].channel, "sms");
    EXPECT_EQ(message.accepted_at, expected.message.accepted_at);
    EXPECT_EQ(message.expires_at, expected.message.expires_at);
    EXPECT_EQ(message.body, expected.message.body);
    EXPECT_EQ(record->idempotency_key, "order-1");
    EXPECT_EQ(record->progress.state, model::State::waiting);
    EXPECT_EQ(record->progress.attempts, 0);
    EXPECT_EQ(record->progress.due, expected.message.send_at);
    EXPECT_TRUE(record->progress.trace.empty());
    EXPECT_TRUE(record->attempts.empty());
}

TEST_P(Accept, the_batch_comes_back_with_its_results) {
    const auto accepted = Driver::accept(*store, {driver.make(), driver.make()});
    ASSERT_TRUE(accepted.has_value());
    ASSERT_EQ(accepted->messages.size(), 2U);
    ASSERT_EQ(accepted->results.size(), 2U);
    EXPECT_EQ(accepted->results[1].kind, Kind::accepted);
    EXPECT_EQ(accepted->results[1].id, accepted->messages[1].message.id);
}

TEST_P(Accept, the_same_key_and_request_answers_with_the_first_id) {
    const auto first = driver.accept_one(*store, "shop", "order-1");
    const auto again = Driver::accept(*store, {driver.make("shop", "order-1")});
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->results[0].kind, Kind::duplicate);
    EXPECT_EQ(again->results[0].id, first);
    EXPECT_EQ(store->find(again->messages[0].message.id).has_value(), false);
    EXPECT_EQ(store->counts()->by_state[0], 1);
}

TEST_P(Accept, the_same_key_with_another_request_is_a_conflict) {
    const auto first = driver.accept_one(*store, "shop", "order-1");
    auto other = driver.make("shop", "order-1");
    other.request_hash = 2;
    const auto again = Driver::accept(*store, {other});
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->results[0].kind, Kind::conflict);
    EXPECT_EQ(again->results[0].id, first);
}

TEST_P(Accept, the_same_key_twice_in_one_batch_is_one_message) {
    auto conflict = driver.make("shop", "order-1");
    conflict.request_hash = 2;
    const auto accepted =
        Driver::accept(*store, {driver.make("shop", "order-1"), driver.make("shop", "order-1"), conflict});
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->results[0].kind, Kind::accepted);
    EXPECT_EQ(accepted->results[1].kind, Kind::duplicate);
    EXPECT_EQ(accepted->results[1].id, accepted->results[0].id);
    EXPECT_EQ(accepted->results[2].kind, Kind::conflict);
    EXPECT_EQ(store->counts()->by_state[0], 1);
}

TEST_P(Accept, keys_of_two_applications_do_not_meet) {
    const auto first = driver.accept_one(*store, "shop", "order-1");
    const auto accepted = Driver::accept(*store, {driver.make("bank", "order-1")});
    ASSERT_TRUE(accepted.has_value());
    EXPECT_EQ(accepted->results[0].kind, Kind::accepted);
    EXPECT_NE(accepted->results[0].id, first);
}

TEST_P(Accept, messages_without_a_key_are_never_duplicates) {
    driver.accept_one(*store);
    driver.accept_one(*store);
    EXPECT_EQ(store->counts()->by_state[0], 2);
}

TEST_P(Accept, what_was_answered_is_there_after_a_reopen) {
    std::vector<MessageId> ids;
    for (int i = 0; i < 50; ++i)
        ids.push_back(driver.accept_one(*store, "shop", "order-" + std::to_string(i)));
    reopen();
    for (const auto& id : ids)
        EXPECT_TRUE(store->find(id).has_value());
    const auto again = Driver::accept(*store, {driver.make("shop", "order-7")});
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->results[0].kind, Kind::duplicate);
    EXPECT_EQ(again->results[0].id, ids[7]);
    EXPECT_EQ(store->joined().ids_after, ids.back().key());
    EXPECT_EQ(store->counts()->by_state[0], 50);
}

TEST_P(Accept, an_id_that_exists_fails_alone_and_leaves_nothing_behind) {
    const auto item = driver.make("shop", "order-1");
    driver.accept_one(*store, item);
    auto twin = item;
    twin.idempotency_key = "order-2";
    std::promise<Result<AcceptedBatch>> bad, good;
    store->accept({driver.make("shop", "order-3"), twin},
                  [&](Result<AcceptedBatch> result) { bad.set_value(std::move(result)); });
    store->accept({driver.make("shop", "order-4")},
                  [&](Result<AcceptedBatch> result) { good.set_value(std::move(result)); });
    EXPECT_FALSE(bad.get_future().get().has_value());
    EXPECT_TRUE(good.get_future().get().has_value());
    EXPECT_EQ(store->counts()->by_state[0], 2);
    const auto later = Driver::accept(*store, {driver.make("shop", "order-2"), driver.make("shop", "order-3")});
    ASSERT_TRUE(later.has_value());
    EXPECT_EQ(later->results[0].kind, Kind::accepted);
    EXPECT_EQ(later->results[1].kind, Kind::accepted);
}

TEST_P(Accept, pools_are_made_on_demand_and_found_again) {
    EXPECT_FALSE(store->pool_of("transactional", "shop", "spring").has_value());
    driver.accept_one(*store);
    driver.accept_one(*store, "bank");
    const auto shop = store->pool_of("transactional", "shop", "spring");
    const auto bank = store->pool_of("transactional", "bank", "spring");
    ASSERT_TRUE(shop && bank);
    EXPECT_NE(shop->id, bank->id);
    reopen();
    EXPECT_EQ(store->pool_of("transactional", "shop", "spring")->id, shop->id);
    driver.accept_one(*store, "third");
    EXPECT_NE(store->pool_of("transactional", "third", "spring")->id, shop->id);
    EXPECT_EQ(store->pools()->size(), 3U);
}

TEST_P(Accept, an_unknown_id_is_not_found) {
    const auto id = driver.accept_one(*store);
    const auto other = store->find(MessageId(id.key(), id.tail() + 1));  // same row key, another id
    ASSERT_FALSE(other.has_value());
    EXPECT_TRUE(other.error().is(Code::not_found));
    EXPECT_TRUE(store->find(driver.make().message.id).error().is(Code::not_found));
}

INSTANTIATE_TEST_SUITE_P(Backends, Accept, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
