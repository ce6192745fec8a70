#include "contract_receipts.hpp"
#include "store/person.hpp"

namespace chapar::store {
namespace {

using model::Effect;
using model::Event;
using model::State;
using model::Verdict;
using model::Word;

class ReceiptEffects : public ReceiptContract {};

TEST_P(ReceiptEffects, what_the_operator_blocks_ends_in_a_state_of_its_own) {
    const auto a = sent("1");
    auto blocked = report(Word::blocked, "1");
    blocked.kind = "failed";
    blocked.code = "blocked_by_operator";
    EXPECT_EQ(tell(blocked), Effect::applied);
    EXPECT_EQ(state(a), State::blocked_by_operator);
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::contradicted);
    EXPECT_FALSE(Driver::move(*store, a, Event::retry).has_value());
    const auto b = sent("x y");
    auto part = report(Word::part_failed, "y");
    part.code = "blocked_by_operator";
    tell(part);
    tell(report(Word::part_failed, "x"));
    EXPECT_EQ(state(b), State::blocked_by_operator) << "it says more than the other part's failure";
    EXPECT_EQ(store->counts()->by_state[static_cast<int>(State::blocked_by_operator)], 2);
}

TEST_P(ReceiptEffects, what_a_receipt_says_of_the_price_stands_in_the_trace_once) {
    const auto bills = [&](MessageId id) {
        std::vector<std::string> out;
        for (const auto& entry : model::decode_trace(store->find(id)->progress.trace))
            if (entry.reason == model::Reason::billed) out.push_back(entry.detail);
        return out;
    };
    const auto priced = [](model::Report report, std::string_view price) {
        report.bill = model::read_bill(price);
        return report;
    };
    const auto parts = sent("1 2");
    tell(priced(report(Word::part_delivered, "1"), "0.0079 USD"));
    tell(priced(report(Word::part_delivered, "1"), "0.0079 USD"));
    tell(priced(report(Word::part_delivered, "2"), "0.008 USD"));
    EXPECT_EQ(state(parts), State::delivered);
    EXPECT_EQ(bills(parts), (std::vector<std::string>{"attempt 1: 0.0079 USD", "attempt 1: 0.008 USD"}));
    const auto named_alone = sent("-");
    EXPECT_EQ(tell(priced(named(Word::delivered, named_alone, 1), "110 IRR")), Effect::applied);
    EXPECT_EQ(tell(priced(named(Word::delivered, named_alone, 1), "110 IRR")), Effect::repeated);
    EXPECT_EQ(bills(named_alone), std::vector<std::string>{"attempt 1: 110 IRR"});
    const auto early = driver.accept_one(*store, single());
    lease(early, 1);
    EXPECT_EQ(tell(priced(named(Word::delivered, early, 1), "120 IRR")), Effect::early);
    EXPECT_EQ(tell(priced(report(Word::delivered, "8"), "130 IRR")), Effect::unknown);
    place->crash(store);
    open();
    EXPECT_TRUE(settle(early, 1, "7"));
    EXPECT_EQ(bills(early), std::vector<std::string>{"attempt 1: 120 IRR"});
    EXPECT_EQ(bills(sent("8")), std::vector<std::string>{"attempt 1: 130 IRR"});
}

TEST_P(ReceiptEffects, what_comes_back_goes_on_to_the_next_channel) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"push", "", "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = sent("1", item);
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::applied);
    auto found = store->find(id);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->progress.state, State::waiting);
    EXPECT_EQ(found->progress.step, 2);
    EXPECT_LE(found->progress.due, clock.now());
    const auto trace = model::decode_trace(found->progress.trace);
    ASSERT_GE(trace.size(), 2U);
    EXPECT_EQ(trace[trace.size() - 2].reason, model::Reason::receipt);
    EXPECT_EQ(trace.back().reason, model::Reason::next_channel);
    EXPECT_EQ(trace.back().detail, "email");
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::repeated);
    EXPECT_EQ(store->find(id)->progress.step, 2);
    lease(id, 2);
    ASSERT_TRUE(settle(id, 2, "mail-1"));
    EXPECT_EQ(tell(report(Word::failed, "mail-1")), Effect::applied);
    EXPECT_EQ(state(id), State::failed) << "the plan is used up";
}

TEST_P(ReceiptEffects, what_comes_back_after_its_time_stays_failed) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    item.message.expires_at = clock.now();
    const auto id = sent("1", item);
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::applied);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(ReceiptEffects, a_word_that_comes_before_its_outcome_goes_on_to_the_next_channel_with_it) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = driver.accept_one(*store, item);
    lease(id, 1);
    EXPECT_EQ(tell(named(Word::failed, id, 1, "1")), Effect::early);
    ASSERT_TRUE(settle(id, 1, "1"));
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(store->find(id)->progress.step, 1);
}

TEST_P(ReceiptEffects, a_late_delivery_stops_the_next_channel_that_has_not_left) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = sent("1", item);
    Transition change;
    change.key = id.key();
    change.event = Event::fall_back;
    change.step = 1;
    change.due = clock.now();
    ASSERT_TRUE(wait_for<model::Progress>([&](auto done) { store->move(change, done); }).has_value());
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_FALSE(driver.lease(*store, id, 2)) << "nothing leaves any more";
}

TEST_P(ReceiptEffects, whom_the_operator_blocks_is_remembered_in_the_same_commit_and_the_plan_goes_on) {
    auto item = driver.make();
    item.message.plan = {{"sms", person, "", "", ""}, {"email", "a@example.org", "", "", ""}};
    const auto id = sent("1", item);
    auto blocked = report(Word::blocked, "1");
    blocked.kind = "failed";
    blocked.code = "blocked_by_operator";
    blocked.address = "9120000000";  // as this provider writes it
    EXPECT_EQ(tell(blocked), Effect::applied);
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_EQ(store->find(id)->progress.step, 1);
    const auto rows = store->suppressions("", "", 10);
    ASSERT_TRUE(rows && rows->size() == 1);
    EXPECT_EQ(rows->front().channel, "sms");
    EXPECT_EQ(rows->front().address, person);
    EXPECT_EQ(rows->front().reach, model::SuppressionReach::marketing);
    EXPECT_EQ(rows->front().reason, "blocked_by_operator");
    EXPECT_EQ(rows->front().source, "operator of route op");
}

TEST_P(ReceiptEffects, a_complaint_about_a_message_stands_in_its_trace) {
    const auto id = sent("1");
    sent("2");
    auto complaint = named(Word::person, id, 1);
    complaint.kind = "complained";
    EXPECT_EQ(tell(complaint), Effect::kept);
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(feed().at(0).message, id);
    const auto trace = model::decode_trace(store->find(id)->progress.trace);
    ASSERT_FALSE(trace.empty());
    EXPECT_EQ(trace.back().reason, model::Reason::receipt);
    EXPECT_TRUE(trace.back().detail.starts_with("complained"));
}

TEST_P(ReceiptEffects, what_suppresses_is_durable_with_its_report) {
    auto stop = report(Word::person, "");
    stop.kind = "unsubscribed";
    stop.suppress = model::Suppression{.channel = "sms",
                                       .address = person,
                                       .reach = model::SuppressionReach::marketing,
                                       .reason = "unsubscribed",
                                       .source = "route op",
                                       .at = clock.now(),
                                       .until = {}};
    EXPECT_EQ(tell(stop), Effect::kept);
    place->crash(store);
    open();
    EXPECT_EQ(store->suppressions("", "", 10)->size(), 1U);
    EXPECT_EQ(kinds(), Kinds{"unsubscribed/kept"});
}

TEST_P(ReceiptEffects, the_feed_goes_on_where_a_reader_stopped_and_says_what_is_gone) {
    for (const char* id : {"1", "2", "3"}) {
        sent(id);
        tell(report(Word::delivered, id));
        clock.advance(std::chrono::hours(1));
    }
    const auto receipts = meant("shop", {"delivered"});
    const auto first = store->feed(receipts, {}, 2);
    ASSERT_EQ(first->entries.size(), 2U);
    const auto rest = store->feed(receipts, first->next, 2);
    ASSERT_EQ(rest->entries.size(), 1U);
    EXPECT_EQ(rest->entries[0].provider_id, "3");
    EXPECT_FALSE(rest->missed);
    EXPECT_EQ(rest->oldest, 1);
    const auto gone =
        wait_for<std::int64_t>([&](auto done) { store->prune_feed(clock.now() - std::chrono::minutes(90), 10, done); });
    EXPECT_EQ(*gone, 4) << "two were sent, and two receipts came";
    EXPECT_EQ(store->feed(receipts, {}, 10)->oldest, 5);
    EXPECT_TRUE(store->feed(receipts, {.number = 1}, 10)->missed);
    EXPECT_FALSE(store->feed(receipts, {.number = 4}, 10)->missed);
    (void)wait_for<std::int64_t>([&](auto done) { store->prune_feed(clock.now() + std::chrono::hours(9), 10, done); });
    reopen();
    EXPECT_EQ(store->feed(receipts, {}, 10)->oldest, 7);
    sent("4");
    tell(report(Word::delivered, "4"));
    EXPECT_EQ(feed().at(0).number, 8) << "no number is given twice";
}

TEST_P(ReceiptEffects, a_cursor_of_another_or_a_newer_store_is_said_to_have_missed_something) {
    sent("1");
    tell(report(Word::delivered, "1"));
    const auto all = store->feed({}, {}, 10);
    ASSERT_EQ(all->entries.size(), 2U);
    EXPECT_FALSE(store->feed({}, all->next, 10)->missed);
    EXPECT_TRUE(store->feed({}, all->next, 10)->entries.empty());
    const auto newer = store->feed({}, {.number = 99'999'999}, 10);
    EXPECT_TRUE(newer->missed);
    EXPECT_EQ(newer->entries.size(), 2U) << "the list begins anew";
    for (const std::int64_t number : {1, 2}) {
        auto other = FeedCursor{number, all->entries.at(static_cast<std::size_t>(number - 1)).mark ^ 1};
        const auto page = store->feed({}, other, 10);
        EXPECT_TRUE(page->missed) << number;
        EXPECT_EQ(page->entries.size(), 2U) << number;
    }
    EXPECT_FALSE(store->feed({}, {.number = 1}, 10)->missed) << "without a mark the number alone counts";
}

TEST_P(ReceiptEffects, each_change_of_a_message_at_rest_is_an_entry_with_what_the_message_says_of_itself) {
    const auto id = sent("1");
    tell(report(Word::failed, "1"));
    (void)wait_for<model::Progress>([&](auto done) {
        store->move({.key = id.key(),
                     .application = {},
                     .event = model::Event::retry,
                     .due = clock.now(),
                     .step = {},
                     .trace = {{clock.now(), model::Reason::operator_retry, "by shop"}}},
                    done);
    });
    (void)wait_for<model::Progress>([&](auto done) {
        store->move({.key = id.key(),
                     .application = {},
                     .event = model::Event::cancel,
                     .due = {},
                     .step = {},
                     .trace = {{clock.now(), model::Reason::cancelled, "by shop"}}},
                    done);
    });
    const auto page = store->feed(meant("shop"), {}, 10);
    ASSERT_EQ(page->entries.size(), 4U);
    EXPECT_EQ(told(), (Kinds{"sent/sent", "failed/", "waiting/operator_retry", "cancelled/cancelled"}));
    EXPECT_EQ(page->entries[1].state, model::State::failed) << "a receipt says to what it brought the message";
    for (const auto& entry : page->entries) {
        EXPECT_EQ(entry.message, id);
        EXPECT_EQ(entry.class_name, store->find(id)->message.class_name);
        EXPECT_EQ(entry.campaign, store->find(id)->message.campaign);
        EXPECT_EQ(entry.tags, store->find(id)->message.tags);
    }
    EXPECT_EQ(page->entries[0].provider_id, "1");
    EXPECT_EQ(page->entries[3].detail, "by shop");
    EXPECT_EQ(told(meant("shop", {"cancelled", "sent"})), (Kinds{"sent/sent", "cancelled/cancelled"}));
    EXPECT_TRUE(told(meant("other")).empty());
    EXPECT_TRUE(told(meant("", {}, "no such")).empty());
    place->crash(store);
    open();
    EXPECT_EQ(told().size(), 4U) << "an entry stands in the commit of its change";
}

TEST_P(ReceiptEffects, whoever_follows_is_told_of_each_commit_that_brings_something) {
    std::atomic<int> calls{0};
    store->when_fed([&] { ++calls; });
    sent("1");
    EXPECT_EQ(calls, 1) << "an accepted message is no news, one that was sent is";
    tell(report(Word::delivered, "1"));
    EXPECT_EQ(calls, 2);
    store->when_fed({});
    sent("2");
    EXPECT_EQ(calls, 2);
}

TEST_P(ReceiptEffects, ids_go_with_their_message) {
    const auto id = sent("1");
    tell(report(Word::delivered, "1"));
    clock.advance(std::chrono::hours(48));
    const auto pruned = wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 10, done); });
    EXPECT_EQ(*pruned, 1);
    EXPECT_FALSE(store->find(id).has_value());
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::unknown);
    auto word = report(Word::person, "");
    word.kind = "inbound";
    tell(word);
    EXPECT_FALSE(feed().back().message.has_value());
}

TEST_P(ReceiptEffects, who_is_forgotten_is_forgotten_here_too) {
    sent("1");
    tell(report(Word::delivered, "1"));
    auto stray = report(Word::delivered, "999");
    tell(stray);
    using Counts = std::vector<std::pair<std::string, std::int64_t>>;
    const auto erased = wait_for<Counts>(
        [&](auto done) { store->erase_person("shop", *person_of(*store, "shop", "customer-1"), done); });
    ASSERT_TRUE(erased.has_value());
    EXPECT_TRUE(feed().empty());
}

TEST_P(ReceiptEffects, an_id_that_the_provider_gives_again_means_the_newer_message) {
    const auto older = sent("1");
    const auto newer = sent("1");
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::applied);
    EXPECT_EQ(state(older), State::sent);
    EXPECT_EQ(state(newer), State::delivered);
}

INSTANTIATE_TEST_SUITE_P(Backends, ReceiptEffects, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
