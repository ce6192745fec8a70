// What the gate rules besides "go": waiting, groups, digests, displacing; and messages that replace others.

#include "gates.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::Reason;
using model::Ruling;
using model::State;
using Action = model::Ruling::Action;

class Rulings : public Contract {
  protected:
    std::vector<model::Member> group(model::Scope scope) {
        std::vector<model::Member> out;
        EXPECT_TRUE(store->peek([&](model::Ledger& ledger) { out = ledger.group(scope); }).has_value());
        return out;
    }
    /// Waits in group `scope`.
    MessageId member(model::Scope scope, std::int64_t rank) {
        const auto id = driver.accept_one(*store);
        Ruling ruling;
        ruling.action = Action::wait;
        ruling.due = clock.now() + std::chrono::hours(1);
        ruling.join = model::Member{scope, id.key(), rank};
        EXPECT_FALSE(driver.lease(*store, id, 1, always(ruling)).granted);
        return id;
    }
    MessageId collapsing(model::Scope scope, const std::string& key = "") {
        auto item = driver.make("shop", key);
        item.collapse = scope;
        return driver.accept_one(*store, item);
    }
};

TEST_P(Rulings, a_message_that_is_kept_back_waits_with_its_reason) {
    const auto id = driver.accept_one(*store);
    Ruling ruling;
    ruling.action = Action::wait;
    ruling.due = clock.now() + std::chrono::hours(8);
    ruling.trace = {{clock.now(), Reason::quiet_hours, "nights"}};
    const auto answer = driver.lease(*store, id, 1, always(ruling));
    EXPECT_FALSE(answer.granted);
    EXPECT_EQ(answer.state, State::waiting);
    EXPECT_EQ(answer.due, ruling.due);
    reopen();
    const auto record = store->find(id);
    EXPECT_EQ(record->progress.due, ruling.due);
    EXPECT_EQ(record->progress.attempts, 0);
    EXPECT_EQ(reasons(*store, id), std::vector{Reason::quiet_hours});
    EXPECT_TRUE(record->attempts.empty());
    EXPECT_TRUE(driver.lease(*store, id, 1, always({})).granted) << "the number was not used up";
}

TEST_P(Rulings, a_message_that_is_kept_back_holds_no_slot) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1, taking({5})).granted);
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_retry));
    EXPECT_EQ(uses_of(*store, 5).size(), 1U);
    Ruling ruling;
    ruling.action = Action::wait;
    EXPECT_FALSE(driver.lease(*store, id, 2, always(ruling)).granted);
    EXPECT_TRUE(uses_of(*store, 5).empty());
}

TEST_P(Rulings, the_next_channel_is_taken_without_an_attempt) {
    const auto id = driver.accept_one(*store);
    Ruling ruling;
    ruling.action = Action::step;
    ruling.step = 1;
    ruling.due = clock.now();
    const auto answer = driver.lease(*store, id, 1, always(ruling));
    EXPECT_EQ(answer.state, State::waiting);
    EXPECT_EQ(answer.step, 1);
    EXPECT_EQ(store->find(id)->progress.step, 1);
}

TEST_P(Rulings, the_gate_can_end_a_message) {
    const std::pair<Event, State> table[] = {{Event::suppress, State::suppressed},
                                             {Event::expire, State::expired},
                                             {Event::supersede, State::cancelled},
                                             {Event::stop, State::failed}};
    for (const auto& [event, to] : table) {
        const auto id = driver.accept_one(*store);
        Ruling ruling;
        ruling.action = Action::end;
        ruling.event = event;
        EXPECT_EQ(driver.lease(*store, id, 1, always(ruling)).state, to);
        EXPECT_EQ(state(id), to);
    }
    EXPECT_EQ(store->counts()->by_state[0], 0);
}

TEST_P(Rulings, a_group_is_ordered_by_rank_and_then_by_age) {
    const auto low = member(9, 1), first = member(9, 5), second = member(9, 5);
    member(8, 7);
    reopen();
    const auto all = group(9);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].key, first.key());
    EXPECT_EQ(all[1].key, second.key());
    EXPECT_EQ(all[2].key, low.key());
    EXPECT_EQ(all[2].rank, 1);
    ASSERT_TRUE(Driver::move(*store, first, Event::cancel).has_value());
    EXPECT_TRUE(driver.lease(*store, second, 1, always({})).granted);
    EXPECT_EQ(group(9).size(), 1U);
    Ruling plain;
    plain.action = Action::wait;
    EXPECT_FALSE(driver.lease(*store, low, 1, always(plain)).granted);
    EXPECT_TRUE(group(9).empty()) << "it waits for something else now";
}

TEST_P(Rulings, a_message_that_goes_on_with_the_next_channel_waits_there_in_its_group) {
    const auto id = driver.accept_one(*store);
    Ruling ruling;
    ruling.action = Action::step;
    ruling.step = 1;
    ruling.due = clock.now() + std::chrono::hours(1);
    ruling.join = model::Member{9, id.key(), 3};
    EXPECT_EQ(driver.lease(*store, id, 1, always(ruling)).step, 1);
    reopen();
    ASSERT_EQ(group(9).size(), 1U) << "or it would miss the digest";
    EXPECT_EQ(group(9)[0].key, id.key());
}

TEST_P(Rulings, a_leader_carries_those_that_still_wait) {
    const auto a = member(9, 0), b = member(9, 0), gone = member(9, 0);
    ASSERT_TRUE(Driver::move(*store, gone, Event::cancel).has_value());
    const auto leader = driver.accept_one(*store);
    Ruling ruling;
    ruling.collect = {a.key(), gone.key(), b.key(), leader.key()};
    ASSERT_TRUE(driver.lease(*store, leader, 1, always(ruling)).granted);
    EXPECT_EQ(state(a), State::collected);
    EXPECT_EQ(state(gone), State::cancelled);
    EXPECT_EQ(state(leader), State::sending);
    EXPECT_EQ(reasons(*store, a).back(), Reason::collected);
    EXPECT_EQ(model::decode_trace(store->find(a)->progress.trace).back().detail, leader.text());
    reopen();
    const auto carried = store->collected(leader.key());
    ASSERT_TRUE(carried.has_value());
    ASSERT_EQ(carried->size(), 2U);
    EXPECT_EQ((*carried)[0].id, a);
    EXPECT_EQ((*carried)[1].id, b);
    EXPECT_TRUE(group(9).empty());
}

TEST_P(Rulings, those_that_a_digest_leaves_out_end_in_its_commit_each_with_its_own_reasons) {
    const auto no = member(9, 0), late = member(9, 0), gone = member(9, 0);
    ASSERT_TRUE(Driver::move(*store, gone, Event::cancel).has_value());
    const auto leader = driver.accept_one(*store);
    Ruling ruling;
    ruling.leave_out = {{no.key(), Event::suppress, {{clock.now(), Reason::no_consent, "said no"}}},
                        {late.key(), Event::expire, {{clock.now(), Reason::expired, "too late"}}},
                        {gone.key(), Event::suppress, {}},
                        {leader.key(), Event::suppress, {}}};
    ASSERT_TRUE(driver.lease(*store, leader, 1, always(ruling)).granted);
    reopen();
    EXPECT_EQ(state(no), State::suppressed);
    EXPECT_EQ(state(late), State::expired);
    EXPECT_EQ(state(gone), State::cancelled);
    EXPECT_EQ(state(leader), State::sending);
    const auto last = model::decode_trace(store->find(no)->progress.trace).back();
    EXPECT_EQ(last.reason, Reason::no_consent);
    EXPECT_EQ(last.detail, "said no");
    EXPECT_TRUE(group(9).empty());
    EXPECT_TRUE(store->collected(leader.key())->empty());
}

TEST_P(Rulings, another_try_can_put_down_what_it_carries) {
    const auto a = member(9, 0), b = member(9, 0), others = member(9, 0);
    const auto leader = driver.accept_one(*store), other = driver.accept_one(*store);
    Ruling ruling;
    ruling.collect = {a.key(), b.key()};
    ASSERT_TRUE(driver.lease(*store, leader, 1, always(ruling)).granted);
    Ruling second;
    second.collect = {others.key()};
    ASSERT_TRUE(driver.lease(*store, other, 1, always(second)).granted);
    ASSERT_TRUE(driver.settle(*store, leader, 1, Event::attempt_retry));
    Ruling again;
    again.leave_out = {{a.key(), Event::suppress, {{clock.now(), Reason::no_consent, "said no"}}},
                       {others.key(), Event::suppress, {}}};
    ASSERT_TRUE(driver.lease(*store, leader, 2, always(again)).granted);
    reopen();
    EXPECT_EQ(state(a), State::suppressed);
    EXPECT_EQ(state(b), State::collected);
    EXPECT_EQ(state(others), State::collected) << "another one carries it";
    const auto carried = store->collected(leader.key());
    ASSERT_TRUE(carried.has_value());
    ASSERT_EQ(carried->size(), 1U);
    EXPECT_EQ(carried->front().id, b);
    const auto looked = store->peek([&](model::Ledger& ledger) {
        EXPECT_EQ(ledger.carried(leader.key()), std::vector{b.key()});
        EXPECT_TRUE(ledger.kept(b.key(), [](const model::Message&, int) {}));
    });
    EXPECT_TRUE(looked.has_value());
}

TEST_P(Rulings, the_ledger_shows_what_waits_and_nothing_else) {
    const auto waits = driver.accept_one(*store), goes = driver.accept_one(*store);
    Ruling next;
    next.action = Action::step;
    next.step = 1;
    EXPECT_EQ(driver.lease(*store, waits, 1, always(next)).step, 1);
    ASSERT_TRUE(driver.lease(*store, goes, 1, always({})).granted);
    const auto looked = store->peek([&](model::Ledger& ledger) {
        int calls = 0;
        EXPECT_TRUE(ledger.kept(waits.key(), [&](const model::Message& message, int step) {
            ++calls;
            EXPECT_EQ(message.id, waits);
            EXPECT_EQ(step, 1);
        }));
        EXPECT_EQ(calls, 1);
        EXPECT_FALSE(ledger.kept(goes.key(), [&](const model::Message&, int) { ++calls; }));
        EXPECT_FALSE(ledger.kept(MessageKey{999'999}, [&](const model::Message&, int) { ++calls; }));
        EXPECT_EQ(calls, 1);
    });
    EXPECT_TRUE(looked.has_value());
}

TEST_P(Rulings, what_is_carried_is_kept_until_its_leader_is_done) {
    const auto a = member(9, 0);
    const auto leader = driver.accept_one(*store);
    Ruling ruling;
    ruling.collect = {a.key()};
    ASSERT_TRUE(driver.lease(*store, leader, 1, always(ruling)).granted);
    clock.advance(std::chrono::hours(1));
    const auto prune = [&] {
        return wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 100, done); }).value_or(-1);
    };
    EXPECT_EQ(prune(), 0);
    ASSERT_TRUE(driver.settle(*store, leader, 1, Event::attempt_accepted));
    prune();
    prune();
    EXPECT_FALSE(store->find(a).has_value());
    EXPECT_TRUE(store->collected(leader.key())->empty());
}

TEST_P(Rulings, a_more_important_message_takes_the_slots_of_those_that_wait) {
    const auto low = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, low, 1, taking({5})).granted);
    ASSERT_TRUE(driver.settle(*store, low, 1, Event::attempt_retry));
    const auto busy = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, busy, 1, taking({5})).granted);
    const auto high = driver.accept_one(*store);
    Ruling ruling;
    ruling.displace = {low.key(), busy.key()};
    ruling.reserve.push_back({5, {}});
    clock.advance(Milliseconds(1));
    ASSERT_TRUE(driver.lease(*store, high, 1, always(ruling)).granted);
    EXPECT_EQ(state(low), State::cancelled);
    EXPECT_EQ(reasons(*store, low).back(), Reason::displaced);
    EXPECT_EQ(state(busy), State::sending) << "it is on its way";
    const auto uses = uses_of(*store, 5);
    ASSERT_EQ(uses.size(), 2U);
    EXPECT_EQ(uses[0].key, busy.key());
    EXPECT_EQ(uses[1].key, high.key());
}

TEST_P(Rulings, a_newer_message_replaces_one_that_waits) {
    const auto first = collapsing(3);
    const auto other = collapsing(4);
    const auto second = collapsing(3);
    EXPECT_EQ(state(first), State::cancelled);
    EXPECT_EQ(reasons(*store, first).back(), Reason::superseded);
    EXPECT_EQ(model::decode_trace(store->find(first)->progress.trace).back().detail, second.text());
    EXPECT_EQ(state(other), State::waiting);
    reopen();
    ASSERT_TRUE(driver.lease(*store, second, 1));
    const auto third = collapsing(3);
    EXPECT_EQ(state(second), State::sending) << "it is on its way";
    ASSERT_TRUE(driver.settle(*store, second, 1, Event::attempt_retry));
    EXPECT_EQ(state(second), State::cancelled) << "it would go after the newer one";
    EXPECT_EQ(state(third), State::waiting);
    EXPECT_EQ(store->counts()->by_state[0], 2);
}

TEST_P(Rulings, of_one_batch_the_last_one_stays) {
    auto a = driver.make(), b = driver.make();
    a.collapse = b.collapse = 3;
    ASSERT_TRUE(Driver::accept(*store, {a, b}).has_value());
    EXPECT_EQ(state(a.message.id), State::cancelled);
    EXPECT_EQ(state(b.message.id), State::waiting);
}

TEST_P(Rulings, a_request_that_is_repeated_replaces_nothing) {
    const auto first = collapsing(3, "order-1");
    collapsing(3, "order-1");
    EXPECT_EQ(state(first), State::waiting);
}

TEST_P(Rulings, sent_messages_are_looked_after_when_their_time_has_come) {
    const auto send = [&](std::optional<Timestamp> again) {
        const auto id = driver.accept_one(*store);
        EXPECT_TRUE(driver.lease(*store, id, 1));
        Settlement settlement;
        settlement.key = id.key();
        settlement.at = clock.now();
        settlement.follow_up = again;
        EXPECT_TRUE(wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); })->front());
        return id;
    };
    const auto later = send(clock.now() + std::chrono::hours(2));
    const auto soon = send(clock.now() + std::chrono::hours(1));
    const auto arrived = send(clock.now() + std::chrono::hours(1));
    send(std::nullopt);
    ASSERT_TRUE(Driver::move(*store, arrived, Event::receipt_delivered).has_value());
    reopen();
    EXPECT_TRUE(store->follow_ups(clock.now(), 10)->empty());
    const auto due = store->follow_ups(clock.now() + std::chrono::hours(1), 10);
    ASSERT_EQ(due->size(), 1U);
    EXPECT_EQ(due->front().message.id, soon);
    EXPECT_EQ(due->front().progress.state, State::sent);
    ASSERT_TRUE(Driver::move(*store, soon, Event::fall_back).has_value());
    const auto rest = store->follow_ups(clock.now() + std::chrono::hours(2), 10);
    ASSERT_EQ(rest->size(), 1U);
    EXPECT_EQ(rest->front().message.id, later);
    EXPECT_EQ(state(soon), State::waiting);
}

// Answered again and again they would stand before all others.
TEST_P(Rulings, what_is_past_its_expiry_is_not_looked_after) {
    auto made = driver.make();
    made.message.expires_at = clock.now() + std::chrono::hours(1);
    ASSERT_TRUE(Driver::accept(*store, {made}).has_value());
    ASSERT_TRUE(driver.lease(*store, made.message.id, 1));
    Settlement settlement;
    settlement.key = made.message.id.key();
    settlement.at = clock.now();
    settlement.follow_up = clock.now() + std::chrono::minutes(10);
    ASSERT_TRUE(wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); })->front());
    EXPECT_EQ(store->follow_ups(clock.now() + std::chrono::minutes(10), 10)->size(), 1U);
    EXPECT_TRUE(store->follow_ups(clock.now() + std::chrono::hours(1), 10)->empty());
}

INSTANTIATE_TEST_SUITE_P(Backends, Rulings, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
