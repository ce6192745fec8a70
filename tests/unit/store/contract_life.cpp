#include "contract.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;
class Life : public Contract {};

TEST_P(Life, a_lease_writes_the_attempt_down_before_anything_leaves) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    reopen();
    const auto record = store->find(id);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->progress.state, State::sending);
    EXPECT_EQ(record->progress.attempts, 1);
    ASSERT_EQ(record->attempts.size(), 1U);
    EXPECT_EQ(record->attempts[0].number, 1);
    EXPECT_EQ(record->attempts[0].route, "smtp-a");
    EXPECT_FALSE(record->attempts[0].finished_at.has_value());
}

TEST_P(Life, a_lease_needs_a_waiting_message_and_the_next_number) {
    const auto id = driver.accept_one(*store);
    EXPECT_FALSE(driver.lease(*store, id, 2));
    EXPECT_FALSE(driver.lease(*store, id, 0));
    EXPECT_FALSE(driver.lease(*store, driver.make().message.id, 1));
    EXPECT_TRUE(driver.lease(*store, id, 1));
    EXPECT_FALSE(driver.lease(*store, id, 1));
    EXPECT_FALSE(driver.lease(*store, id, 2));
    EXPECT_EQ(store->find(id)->attempts.size(), 1U);
}

TEST_P(Life, one_batch_says_for_each_lease_whether_it_holds) {
    const auto a = driver.accept_one(*store);
    const auto b = driver.accept_one(*store);
    const auto answers = wait_for<std::vector<model::Leased>>([&](auto done) {
        store->lease({{a.key(), 1, "email", "r", clock.now()},
                      {a.key(), 1, "email", "r", clock.now()},
                      {b.key(), 2, "email", "r", clock.now()},
                      {b.key(), 1, "email", "r", clock.now()}},
                     nullptr, done);
    });
    ASSERT_TRUE(answers.has_value());
    std::vector<bool> granted;
    for (const auto& answer : *answers)
        granted.push_back(answer.granted);
    EXPECT_EQ(granted, (std::vector<bool>{true, false, false, true}));
}

TEST_P(Life, each_event_leads_to_its_state) {
    const std::pair<Event, State> table[] = {
        {Event::attempt_accepted, State::sent},     {Event::attempt_delivered, State::delivered},
        {Event::attempt_retry, State::waiting},     {Event::attempt_rejected, State::failed},
        {Event::attempt_unknown_hold, State::held}, {Event::attempt_unknown_retry, State::waiting},
        {Event::give_back, State::waiting},         {Event::expire, State::expired},
        {Event::quarantine, State::held},           {Event::stop, State::failed},
    };
    for (const auto& [event, to] : table) {
        const auto id = driver.accept_one(*store);
        ASSERT_TRUE(driver.lease(*store, id, 1));
        EXPECT_TRUE(driver.settle(*store, id, 1, event)) << model::name(event);
        const auto record = store->find(id);
        ASSERT_TRUE(record.has_value());
        EXPECT_EQ(record->progress.state, to) << model::name(event);
        EXPECT_EQ(record->progress.step, 1);
        EXPECT_EQ(record->progress.attempts, 1);
        EXPECT_TRUE(record->attempts.at(0).finished_at.has_value());
        EXPECT_EQ(model::decode_trace(record->progress.trace).size(), 1U);
        const auto due = to == State::waiting ? clock.now() + std::chrono::minutes(5) : clock.now();
        EXPECT_EQ(record->progress.due, due) << model::name(event);
    }
}

TEST_P(Life, an_outcome_is_kept_whole) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    const model::Outcome outcome{model::Verdict::retry, model::Blame::lane, Milliseconds(1500),
                                 "provider-7",          "421 4.7.0",        "slow down"};
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_retry, outcome));
    const auto attempt = store->find(id)->attempts.at(0);
    EXPECT_EQ(attempt.outcome.verdict, outcome.verdict);
    EXPECT_EQ(attempt.outcome.blame, outcome.blame);
    EXPECT_EQ(attempt.outcome.retry_after, outcome.retry_after);
    EXPECT_EQ(attempt.outcome.provider_id, outcome.provider_id);
    EXPECT_EQ(attempt.outcome.code, outcome.code);
    EXPECT_EQ(attempt.outcome.detail, outcome.detail);
    EXPECT_EQ(attempt.channel, "email");
}

TEST_P(Life, a_stale_worker_is_refused) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_retry));
    ASSERT_TRUE(driver.lease(*store, id, 2));
    EXPECT_FALSE(driver.settle(*store, id, 1, Event::attempt_accepted));
    EXPECT_EQ(state(id), State::sending);
    EXPECT_TRUE(driver.settle(*store, id, 2, Event::attempt_accepted));
    EXPECT_FALSE(driver.settle(*store, id, 2, Event::attempt_rejected));
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(store->find(id)->attempts.size(), 2U);
}

TEST_P(Life, a_settlement_whose_event_is_not_allowed_changes_nothing) {
    const auto id = driver.accept_one(*store);
    EXPECT_FALSE(driver.settle(*store, id, 1, Event::attempt_accepted));
    ASSERT_TRUE(driver.lease(*store, id, 1));
    EXPECT_FALSE(driver.settle(*store, id, 1, Event::cancel));
    EXPECT_EQ(state(id), State::sending);
    EXPECT_FALSE(store->find(id)->attempts.at(0).finished_at.has_value());
}

TEST_P(Life, moves_follow_the_table_and_answer_the_new_state) {
    const auto id = driver.accept_one(*store);
    EXPECT_EQ(Driver::move(*store, id, Event::cancel)->state, State::cancelled);
    const auto again = Driver::move(*store, id, Event::retry);
    ASSERT_FALSE(again.has_value());
    EXPECT_TRUE(again.error().is(Code::wrong_state));
    EXPECT_TRUE(Driver::move(*store, driver.make().message.id, Event::cancel).error().is(Code::not_found));
}

TEST_P(Life, a_move_is_scoped_by_application) {
    const auto id = driver.accept_one(*store);
    Transition transition;
    transition.key = id.key();
    transition.application = "bank";
    transition.event = Event::cancel;
    EXPECT_TRUE(Driver::move(*store, transition).error().is(Code::not_found));
    transition.application = "shop";
    EXPECT_TRUE(Driver::move(*store, transition).has_value());
}

TEST_P(Life, a_reschedule_moves_only_what_waits) {
    const auto id = driver.accept_one(*store);
    Transition transition;
    transition.key = id.key();
    transition.due = clock.now() + std::chrono::hours(1);
    transition.step = 1;
    transition.trace = {{clock.now(), model::Reason::next_channel, "sms"}};
    const auto moved = Driver::move(*store, transition);
    ASSERT_TRUE(moved.has_value());
    EXPECT_EQ(moved->state, State::waiting);
    EXPECT_EQ(moved->due, *transition.due);
    EXPECT_EQ(moved->step, 1);
    EXPECT_EQ(model::decode_trace(store->find(id)->progress.trace).at(0).detail, "sms");
    ASSERT_TRUE(driver.lease(*store, id, 1));
    EXPECT_TRUE(Driver::move(*store, transition).error().is(Code::wrong_state));
}

TEST_P(Life, a_retry_after_failure_keeps_the_attempt_numbers) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_rejected));
    ASSERT_TRUE(Driver::move(*store, id, Event::retry).has_value());
    EXPECT_FALSE(driver.lease(*store, id, 1));
    EXPECT_TRUE(driver.lease(*store, id, 2));
}

TEST_P(Life, a_message_that_expires_while_it_is_sent_closes_its_attempt) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    ASSERT_TRUE(Driver::move(*store, id, Event::expire).has_value());
    EXPECT_TRUE(store->find(id)->attempts.at(0).finished_at.has_value());
    EXPECT_FALSE(driver.settle(*store, id, 1, Event::attempt_accepted));
    EXPECT_TRUE(store->orphans(10)->empty());
}

TEST_P(Life, attempts_that_never_ended_are_orphans_until_somebody_takes_them_over) {
    const auto a = driver.accept_one(*store);
    const auto b = driver.accept_one(*store);
    const auto c = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, a, 1) && driver.lease(*store, b, 1) && driver.lease(*store, c, 1));
    ASSERT_TRUE(driver.settle(*store, b, 1, Event::attempt_accepted));
    reopen();
    const auto doubts = store->orphans(10);
    ASSERT_TRUE(doubts.has_value());
    ASSERT_EQ(doubts->size(), 2U);
    EXPECT_EQ((*doubts)[0].queued.message.id, a);
    EXPECT_EQ((*doubts)[0].queued.progress.state, State::sending);
    EXPECT_EQ((*doubts)[0].attempt.number, 1);
    EXPECT_EQ((*doubts)[0].attempt.route, "smtp-a");
    EXPECT_EQ(store->orphans(1)->size(), 1U);
    EXPECT_FALSE(driver.settle(*store, a, 1, Event::attempt_unknown_hold)) << "it is not this life's";
    ASSERT_TRUE(driver.take_over(*store, (*doubts)[0], Event::attempt_unknown_hold));
    ASSERT_TRUE(driver.take_over(*store, (*doubts)[1], Event::attempt_unknown_retry));
    EXPECT_TRUE(store->orphans(10)->empty());
}

TEST_P(Life, counts_follow_every_move_and_survive_a_reopen) {
    const auto a = driver.accept_one(*store);
    driver.accept_one(*store);
    driver.lease(*store, a, 1);
    driver.settle(*store, a, 1, Event::attempt_accepted);
    const auto expect = [&] {
        const auto counts = store->counts();
        ASSERT_TRUE(counts.has_value());
        EXPECT_EQ(counts->by_state[static_cast<int>(State::waiting)], 1);
        EXPECT_EQ(counts->by_state[static_cast<int>(State::sending)], 0);
        EXPECT_EQ(counts->by_state[static_cast<int>(State::sent)], 1);
        EXPECT_EQ(store->waiting("shop"), 1);
        EXPECT_EQ(store->waiting("bank"), 0);
    };
    expect();
    reopen();
    expect();
}

INSTANTIATE_TEST_SUITE_P(Backends, Life, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
