// Slots of caps: reserved with the lease, settled with its outcome, given back by whatever ends the message.

#include "gates.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;
using model::UseState;
constexpr model::Scope person = -77, address = 0x7FFF'FFFF'FFFF'FFFF;

class SlotsOf : public Contract {
  protected:
    bool settle(MessageId id, int number, Event event, Slots slots = Slots::keep,
                model::Verdict verdict = model::Verdict::accepted) {
        Settlement settlement;
        settlement.key = id.key();
        settlement.number = number;
        settlement.event = event;
        settlement.outcome.verdict = verdict;
        settlement.at = settlement.due = clock.now();
        settlement.slots = slots;
        settlement.orphan_of = orphan_owner(*store, id.key());
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        return flags && flags->front();
    }
    MessageId leased() {
        const auto id = driver.accept_one(*store);
        EXPECT_TRUE(driver.lease(*store, id, 1, taking({person, address})).granted);
        return id;
    }
    std::vector<UseState> states(model::Scope scope = person) {
        std::vector<UseState> out;
        for (const auto& use : uses_of(*store, scope))
            out.push_back(use.state);
        return out;
    }
    using States = std::vector<UseState>;
};

TEST_P(SlotsOf, a_granted_lease_is_written_with_its_slots) {
    const auto id = leased();
    reopen();
    for (const auto scope : {person, address}) {
        const auto uses = uses_of(*store, scope);
        ASSERT_EQ(uses.size(), 1U);
        EXPECT_EQ(uses[0].key, id.key());
        EXPECT_EQ(uses[0].at, clock.now());
        EXPECT_EQ(uses[0].state, UseState::reserved);
        EXPECT_EQ(uses[0].segments, 1);
    }
    EXPECT_EQ(state(id), State::sending);
}

TEST_P(SlotsOf, a_use_comes_back_as_it_was_given) {
    const auto id = driver.accept_one(*store);
    model::Ruling ruling;
    model::Use use;
    use.segments = 7;
    use.cost = -12'345'678'901;
    ruling.reserve.push_back({person, use});
    ASSERT_TRUE(driver.lease(*store, id, 1, always(ruling)).granted);
    const auto uses = uses_of(*store, person);
    ASSERT_EQ(uses.size(), 1U);
    EXPECT_EQ(uses[0].segments, 7);
    EXPECT_EQ(uses[0].cost, -12'345'678'901);
}

TEST_P(SlotsOf, leases_of_one_batch_see_each_other) {
    std::vector<Lease> batch;
    for (int i = 0; i < 20; ++i)
        batch.push_back({driver.accept_one(*store).key(), 1, "email", "r", clock.now()});
    const auto answers =
        wait_for<std::vector<model::Leased>>([&](auto done) { store->lease(batch, capped(person, 3), done); });
    ASSERT_TRUE(answers.has_value());
    const auto granted = [](const model::Leased& leased) { return leased.granted; };
    EXPECT_EQ(std::count_if(answers->begin(), answers->end(), granted), 3);
    EXPECT_EQ(answers->back().state, State::suppressed);
    EXPECT_EQ(uses_of(*store, person).size(), 3U);
}

TEST_P(SlotsOf, a_lease_that_is_refused_asks_no_gate_and_takes_nothing) {
    const auto id = driver.accept_one(*store);
    const auto asked = taking({person});
    EXPECT_FALSE(driver.lease(*store, id, 2, asked).granted);
    EXPECT_FALSE(driver.lease(*store, driver.make().message.id, 1, asked).granted);
    EXPECT_EQ(asked->asked, 0);
    EXPECT_TRUE(uses_of(*store, person).empty());
}

TEST_P(SlotsOf, each_outcome_leaves_the_slots_as_it_should) {
    using model::Verdict;
    struct Case {
        Event event;
        Slots slots;
        Verdict verdict;
        States after;
    };
    const Case cases[] = {
        {Event::attempt_accepted, Slots::handed_off, Verdict::accepted, {UseState::handed_off}},
        {Event::attempt_accepted, Slots::keep, Verdict::accepted, {UseState::handed_off}},
        {Event::attempt_delivered, Slots::delivered, Verdict::delivered, {UseState::delivered}},
        {Event::attempt_delivered, Slots::keep, Verdict::delivered, {UseState::delivered}},
        {Event::attempt_retry, Slots::keep, Verdict::retry, {UseState::reserved}},
        {Event::attempt_retry, Slots::give_back, Verdict::retry, {}},
        {Event::attempt_rejected, Slots::rejected, Verdict::rejected, {UseState::rejected}},
        {Event::attempt_rejected, Slots::give_back, Verdict::rejected, {}},
        {Event::attempt_unknown_hold, Slots::handed_off, Verdict::unknown, {UseState::handed_off}},
        {Event::attempt_unknown_retry, Slots::keep, Verdict::unknown, {UseState::handed_off}},
        {Event::attempt_unknown_retry, Slots::give_back, Verdict::unknown, {UseState::handed_off}},
        {Event::give_back, Slots::keep, Verdict::retry, {}},
        {Event::stop, Slots::keep, Verdict::unknown, {}},
        {Event::expire, Slots::keep, Verdict::retry, {}},
        {Event::expire, Slots::keep, Verdict::unknown, {UseState::handed_off}},
        {Event::quarantine, Slots::keep, Verdict::unknown, {UseState::handed_off}},
    };
    model::Scope scope = 1000;
    for (const auto& c : cases) {
        const auto id = driver.accept_one(*store);
        ASSERT_TRUE(driver.lease(*store, id, 1, taking({++scope})).granted);
        ASSERT_TRUE(settle(id, 1, c.event, c.slots, c.verdict));
        EXPECT_EQ(states(scope), c.after) << model::name(c.event) << ' ' << static_cast<int>(c.slots);
    }
}

TEST_P(SlotsOf, another_try_after_a_known_failure_moves_the_slot) {
    const auto id = leased();
    ASSERT_TRUE(settle(id, 1, Event::attempt_retry, Slots::keep, model::Verdict::retry));
    EXPECT_EQ(states(), States{UseState::reserved});
    clock.advance(std::chrono::minutes(10));
    ASSERT_TRUE(driver.lease(*store, id, 2, taking({person})).granted);
    const auto uses = uses_of(*store, person);
    ASSERT_EQ(uses.size(), 1U);
    EXPECT_EQ(uses[0].at, clock.now());
    EXPECT_TRUE(uses_of(*store, address).empty()) << "not asked for again";
}

TEST_P(SlotsOf, another_try_after_a_doubt_counts_beside_the_first) {
    const auto id = leased();
    ASSERT_TRUE(settle(id, 1, Event::attempt_unknown_retry, Slots::handed_off, model::Verdict::unknown));
    ASSERT_TRUE(driver.lease(*store, id, 2, taking({person})).granted);  // within the same millisecond
    EXPECT_EQ(states(), (States{UseState::handed_off, UseState::reserved}));
    ASSERT_TRUE(settle(id, 2, Event::attempt_retry, Slots::give_back, model::Verdict::retry));
    EXPECT_EQ(states(), States{UseState::handed_off});
    ASSERT_TRUE(Driver::move(*store, id, Event::cancel).has_value());
    EXPECT_EQ(states(), States{UseState::handed_off}) << "it may have arrived";
}

TEST_P(SlotsOf, whatever_ends_a_waiting_message_gives_its_slots_back) {
    for (const auto event : {Event::cancel, Event::expire, Event::suppress, Event::supersede, Event::collect,
                             Event::stop, Event::quarantine}) {
        const auto id = leased();
        ASSERT_TRUE(settle(id, 1, Event::attempt_retry, Slots::keep, model::Verdict::retry));
        ASSERT_EQ(states().size(), 1U);
        ASSERT_TRUE(Driver::move(*store, id, event).has_value());
        EXPECT_TRUE(states().empty()) << model::name(event);
        EXPECT_TRUE(states(address).empty()) << model::name(event);
    }
}

TEST_P(SlotsOf, a_message_that_is_taken_from_its_sender_stays_counted) {
    const auto id = leased();
    ASSERT_TRUE(Driver::move(*store, id, Event::expire).has_value());
    EXPECT_EQ(states(), States{UseState::handed_off});
}

TEST_P(SlotsOf, late_receipts_restate_the_slots) {
    const auto arrived = leased();
    ASSERT_TRUE(settle(arrived, 1, Event::attempt_accepted, Slots::handed_off));
    clock.advance(Milliseconds(1));
    const auto bounced = leased();
    ASSERT_TRUE(settle(bounced, 1, Event::attempt_accepted, Slots::handed_off));
    reopen();
    Transition late;
    late.key = arrived.key();
    late.event = Event::receipt_delivered;
    late.slots = Slots::delivered;
    ASSERT_TRUE(Driver::move(*store, late).has_value());
    ASSERT_TRUE(Driver::move(*store, bounced, Event::receipt_failed).has_value());
    EXPECT_EQ(states(), (States{UseState::delivered, UseState::undelivered}));
    EXPECT_EQ(states(address), (States{UseState::delivered, UseState::undelivered}));
}

TEST_P(SlotsOf, a_second_channel_counts_beside_the_first) {
    const auto id = leased();
    ASSERT_TRUE(settle(id, 1, Event::attempt_accepted, Slots::handed_off));
    ASSERT_TRUE(Driver::move(*store, id, Event::fall_back).has_value());
    EXPECT_EQ(states(), States{UseState::handed_off});
    clock.advance(Milliseconds(1));
    ASSERT_TRUE(driver.lease(*store, id, 2, taking({person})).granted);
    EXPECT_EQ(states(), (States{UseState::handed_off, UseState::reserved}));
}

TEST_P(SlotsOf, an_attempt_that_never_ended_keeps_its_slot_over_a_restart) {
    const auto id = leased();
    reopen();
    EXPECT_EQ(states(), States{UseState::reserved});
    ASSERT_TRUE(settle(id, 1, Event::attempt_unknown_hold, Slots::handed_off, model::Verdict::unknown));
    EXPECT_EQ(states(), States{UseState::handed_off});
}

TEST_P(SlotsOf, a_long_history_is_read_from_any_point_in_order) {
    std::vector<std::int64_t> times;
    for (int i = 0; i < 300; ++i) {
        clock.set_wall(from_ms(1'790'000'000'000 + (i * 7919) % 1000));  // forwards and backwards, some twice
        const auto id = driver.accept_one(*store);
        ASSERT_TRUE(driver.lease(*store, id, 1, taking({person})).granted);
        times.push_back(to_ms(clock.now()));
    }
    for (int i = 0; i < 150; ++i) {  // many in one millisecond
        const auto id = driver.accept_one(*store);
        ASSERT_TRUE(driver.lease(*store, id, 1, taking({person})).granted);
        times.push_back(to_ms(clock.now()));
    }
    std::sort(times.begin(), times.end());
    for (const bool again : {false, true}) {
        if (again) reopen();
        for (const std::int64_t from : {0L, 1'790'000'000'000L, 1'790'000'000'300L, times.back(), times.back() + 1}) {
            std::vector<std::int64_t> seen;
            for (const auto& use : uses_of(*store, person, from_ms(from)))
                seen.push_back(to_ms(use.at));
            EXPECT_EQ(seen,
                      (std::vector<std::int64_t>(std::lower_bound(times.begin(), times.end(), from), times.end())));
        }
    }
}

TEST_P(SlotsOf, old_uses_are_pruned_in_steps_and_their_kinds_with_them) {
    const auto prune = [&](Timestamp before, int limit) {
        return wait_for<std::int64_t>([&](auto done) { store->prune_uses(before, limit, done); }).value_or(-1);
    };
    for (model::Scope scope = 1; scope <= 5; ++scope) {
        const auto id = driver.accept_one(*store);
        ASSERT_TRUE(driver.lease(*store, id, 1, taking({scope})).granted);
    }
    model::KindId old = 0;
    ASSERT_TRUE(store->peek([&](model::Ledger& ledger) { old = ledger.kind_id(email_kind()); }).has_value());
    EXPECT_NE(old, 0);
    clock.advance(std::chrono::hours(24 * 40));
    const auto young = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, young, 1, taking({5, 6})).granted);
    const auto before = clock.now() - std::chrono::hours(24 * 30);
    EXPECT_EQ(prune(before, 2), 2);
    EXPECT_EQ(prune(before, 2), 2);
    prune(before, 100);
    for (model::Scope scope = 1; scope <= 4; ++scope)
        EXPECT_TRUE(uses_of(*store, scope).empty());
    EXPECT_EQ(uses_of(*store, 5).back().key, young.key());
    EXPECT_EQ(uses_of(*store, 6).size(), 1U);
    const auto kind_of = [&](model::KindId id) {
        model::Kind out;
        EXPECT_TRUE(store->peek([&](model::Ledger& ledger) { out = ledger.kind(id); }).has_value());
        return out;
    };
    EXPECT_EQ(kind_of(uses_of(*store, 6)[0].kind), email_kind()) << "still in use";
    clock.advance(std::chrono::hours(24 * 400));
    EXPECT_GE(prune(clock.now(), 100), 2);
    EXPECT_TRUE(uses_of(*store, 6).empty());
    const auto later = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, later, 1, taking({7})).granted);
    EXPECT_GT(uses_of(*store, 7)[0].kind, old) << "a number never means two kinds";
}

INSTANTIATE_TEST_SUITE_P(Backends, SlotsOf, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
