#include "contract_receipts.hpp"

namespace chapar::store {
namespace {

using model::Effect;
using model::Event;
using model::State;
using model::Verdict;
using model::Word;

class Receipts : public ReceiptContract {};

TEST_P(Receipts, an_id_finds_its_attempt_after_a_restart) {
    const auto id = sent("00AbC1");
    reopen();
    EXPECT_EQ(tell(report(Word::delivered, "0abc1")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), Kinds{"delivered/applied"});
    EXPECT_EQ(feed().front().message, id);
    EXPECT_EQ(feed().front().attempt, 1);
}

TEST_P(Receipts, an_id_is_its_routes_own) {
    const auto id = sent("77");
    auto stranger = report(Word::delivered, "77");
    stranger.route = "other";
    EXPECT_EQ(tell(stranger), Effect::unknown);
    EXPECT_EQ(state(id), State::sent);
}

TEST_P(Receipts, the_name_of_an_attempt_is_believed_only_from_its_own_route) {
    const auto id = sent("77");
    for (const auto word : {Word::failed, Word::delivered, Word::blocked}) {
        auto stranger = named(word, id, 1, "77");
        stranger.route = "other";
        EXPECT_EQ(tell(stranger), Effect::unknown);
        stranger.provider_id.clear();
        EXPECT_EQ(tell(stranger), Effect::unknown);
        EXPECT_EQ(state(id), State::sent);
    }
    EXPECT_EQ(kinds().size(), 6U) << "each is kept in the feed";
    EXPECT_FALSE(feed().front().message.has_value()) << "as nobody's";
    // The other route's own message gets the id that the stranger named: it is not moved by that.
    const auto mine = driver.accept_one(*store, single());
    lease(mine, 1, "other");
    EXPECT_TRUE(settle(mine, 1, "77", Event::attempt_accepted, Verdict::accepted, "other"));
    EXPECT_EQ(state(mine), State::sent);
    EXPECT_EQ(tell(named(Word::delivered, id, 1)), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
}

TEST_P(Receipts, one_of_another_route_does_not_wait_for_an_attempt_that_still_runs) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    auto stranger = named(Word::failed, id, 1);
    stranger.route = "other";
    EXPECT_EQ(tell(stranger), Effect::unknown);
    EXPECT_TRUE(settle(id, 1, "9"));
    EXPECT_EQ(state(id), State::sent);
}

TEST_P(Receipts, another_base_is_believed_when_the_recipient_agrees) {
    const auto a = sent("255");
    auto other = report(Word::delivered, "FF");
    other.address = "+989121111111";
    EXPECT_EQ(tell(other), Effect::unknown);
    EXPECT_EQ(state(a), State::sent);
    EXPECT_EQ(tell(report(Word::delivered, "00ff")), Effect::applied);
    EXPECT_EQ(state(a), State::delivered);
}

TEST_P(Receipts, one_that_overtakes_its_outcome_waits_on_disk_and_is_applied_with_it) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    EXPECT_EQ(tell(named(Word::delivered, id, 1)), Effect::early);
    EXPECT_EQ(tell(named(Word::delivered, id, 1)), Effect::repeated);
    EXPECT_EQ(state(id), State::sending);
    place->crash(store);
    open();
    EXPECT_TRUE(settle(id, 1, "9"));
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), Kinds{"delivered/applied"});
}

TEST_P(Receipts, an_attempt_in_doubt_is_cleared_by_the_receipt_that_came_before) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    tell(named(Word::failed, id, 1));
    place->crash(store);
    open();
    EXPECT_TRUE(settle(id, 1, "", Event::attempt_unknown_hold, Verdict::unknown));
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, one_that_names_an_id_nobody_knows_yet_is_matched_when_an_answer_brings_it) {
    EXPECT_EQ(tell(report(Word::delivered, "0123")), Effect::unknown);
    EXPECT_EQ(tell(report(Word::delivered, "123")), Effect::repeated);
    reopen();
    const auto id = sent("123");
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), (Kinds{"delivered/unknown", "delivered/applied"}));
}

TEST_P(Receipts, in_another_base_too_and_only_for_its_recipient) {
    auto other = report(Word::failed, "ff");
    other.address = "+989121111111";
    tell(other);
    const auto a = sent("255");
    EXPECT_EQ(state(a), State::sent);
    tell(report(Word::delivered, "fe"));
    const auto b = sent("254");
    EXPECT_EQ(state(b), State::delivered);
}

TEST_P(Receipts, repeats_change_nothing_and_the_first_final_word_stands) {
    const auto id = sent("5");
    tell(report(Word::delivered, "5"));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(tell(report(Word::delivered, "5")), Effect::repeated);
    EXPECT_EQ(tell(report(Word::failed, "5")), Effect::contradicted);
    EXPECT_EQ(tell(report(Word::failed, "5")), Effect::repeated);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), (Kinds{"delivered/applied", "failed/contradicted"}));
    const auto record = store->find(id);
    ASSERT_EQ(record->attempts[0].receipts.size(), 1U);
    EXPECT_EQ(record->attempts[0].receipts[0].delivered, true);
    EXPECT_TRUE(record->attempts[0].receipts[0].contradicted);
}

TEST_P(Receipts, a_failed_message_stays_failed) {
    const auto id = sent("6");
    tell(report(Word::failed, "6"));
    EXPECT_EQ(tell(report(Word::delivered, "6")), Effect::contradicted);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_message_of_parts_is_delivered_when_all_are_in_any_order_over_a_restart) {
    const auto id = sent("a b c");
    EXPECT_EQ(tell(report(Word::delivered, "c")), Effect::applied);
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "a")), Effect::applied);
    reopen();
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "a")), Effect::repeated);
    EXPECT_EQ(tell(report(Word::delivered, "b")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(kinds(), (Kinds{"segment_delivered/applied", "segment_delivered/applied", "segment_delivered/applied",
                              "delivered/applied"}));
    EXPECT_EQ(feed()[0].part, 3);
    EXPECT_EQ(feed()[0].parts, 3);
    EXPECT_EQ(feed()[3].part, 0);
    EXPECT_EQ(tell(named(Word::delivered, id, 1, "a b c")), Effect::repeated);
    EXPECT_EQ(store->find(id)->attempts[0].receipts.size(), 3U);
}

TEST_P(Receipts, one_failed_part_fails_the_whole_once_all_are_known) {
    const auto id = sent("a b");
    EXPECT_EQ(tell(named(Word::part_failed, id, 1, "b")), Effect::applied);
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "a")), Effect::applied);
    EXPECT_EQ(state(id), State::failed);
    EXPECT_EQ(feed().back().detail, "segment 2 of 2");
    EXPECT_EQ(feed().back().code, "UNDELIV");
    EXPECT_EQ(tell(named(Word::part_delivered, id, 1, "b")), Effect::contradicted);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_failure_of_an_older_attempt_does_not_end_the_newer_one) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    settle(id, 1, "1", Event::attempt_unknown_retry, Verdict::unknown);
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::kept);
    EXPECT_EQ(state(id), State::waiting);
    lease(id, 2);
    settle(id, 2, "2");
    EXPECT_EQ(tell(report(Word::failed, "1")), Effect::repeated);
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(tell(report(Word::failed, "2")), Effect::applied);
    EXPECT_EQ(state(id), State::failed);
}

TEST_P(Receipts, a_delivery_of_an_older_attempt_ends_the_waiting) {
    const auto id = driver.accept_one(*store, single());
    lease(id, 1);
    settle(id, 1, "1", Event::attempt_unknown_retry, Verdict::unknown);
    EXPECT_EQ(tell(report(Word::delivered, "1")), Effect::applied);
    EXPECT_EQ(state(id), State::delivered);
}

TEST_P(Receipts, an_answer_belongs_to_the_persons_latest_message_on_the_route) {
    sent("1");
    const auto latest = sent("2", "bank");
    auto word = report(Word::person, "");
    word.kind = "inbound";
    word.detail = "yes please";
    word.dedupe_key = "ref-1";
    EXPECT_EQ(tell(word), Effect::kept);
    EXPECT_EQ(tell(word), Effect::repeated);
    auto stranger = word;
    stranger.address = "+989129999999";
    stranger.dedupe_key = "";
    EXPECT_EQ(tell(stranger), Effect::kept);
    EXPECT_EQ(feed().size(), 2U);
    EXPECT_EQ(feed("bank").size(), 1U);
    EXPECT_EQ(feed("bank")[0].message, latest);
    EXPECT_EQ(feed("bank")[0].detail, "yes please");
    EXPECT_EQ(feed("bank")[0].recipient, "customer-1");
    EXPECT_TRUE(feed("shop").empty());
}

INSTANTIATE_TEST_SUITE_P(Backends, Receipts, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
