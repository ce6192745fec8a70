// Outcomes alone: from an attempt's result to the disk, and back into its line.

#include <thread>

#include "dispatch/outcomes/outcomes.hpp"
#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::Reason;
using model::State;
using model::Verdict;

class SettlingTest : public RoomTest {
  protected:
    void furnish_outcomes() {
        furnish();
        room = std::make_unique<Outcomes>(
            Outcomes::Deps{clock, *seen, registry, world->contexts->strand, world->timers, config, router, scheduler,
                           suspects, memory, in_flight, random, &outcomes},
            [this] { ++changes; });
    }
    ~SettlingTest() override {
        forget();
        room.reset();
    }
    /// Leased in the store and in the table, as the leaser leaves it.
    MessageId in_hand(const model::Message& one, std::size_t by = 0) {
        put({one});
        auto made = item(one);
        Route& its = route(by);
        Lane& lane = its.lane(*made);
        store::Lease lease{one.id.key(), 1, made->step().channel, its.settings().name, clock.now(), false};
        seen->lease({lease}, nullptr, [](const auto& answers) { ASSERT_TRUE(answers->at(0).granted); });
        made->queued.progress.attempts = 1;
        made->queued.progress.state = State::sending;
        scheduler.track(*made);
        its.started(lane, one.id.key(), clock.monotonic());
        memory.charge(its, *made, false);
        in_flight.add({std::move(made), router.routes()[by], its.shared_instance(), &lane, {}, false});
        return one.id;
    }
    MessageId in_hand(const std::string& cls = "otp") { return in_hand(message(cls)); }
    void end(MessageId id, model::Outcome how, int number = 1) {
        room->post({id.key(), number, std::move(how), std::nullopt});
        world->run();
    }
    model::TraceEntry last(MessageId id) { return model::decode_trace(record(id).progress.trace).back(); }

    queue::Random random{7};
    std::unique_ptr<Outcomes> room;
    int changes = 0;
};

TEST_F(SettlingTest, an_outcome_frees_the_place_at_once_and_the_message_when_it_is_on_disk) {
    add_route("a");
    furnish_outcomes();
    const auto id = in_hand();
    seen->slow = true;
    end(id, outcome(Verdict::accepted));
    EXPECT_EQ(route().in_flight(), 0);
    EXPECT_EQ(memory.used(), 0U);
    EXPECT_EQ(in_flight.count_unwritten(), 1);
    EXPECT_EQ(room->unwritten(), 1U);
    seen->catch_up();
    world->run();
    EXPECT_EQ(state(id), State::sent);
    EXPECT_TRUE(in_flight.empty());
    EXPECT_EQ(room->unwritten(), 0U);
    EXPECT_EQ(scheduler.in_memory(), 0U);
    EXPECT_GE(changes, 2);
}

TEST_F(SettlingTest, an_outcome_is_handed_in_until_the_store_takes_it) {
    add_route("a");
    furnish_outcomes();
    const auto first = in_hand(), second = in_hand();
    seen->settle_fails = true;
    end(first, outcome(Verdict::accepted));
    end(second, outcome(Verdict::delivered));
    world->run_for(Milliseconds{5'000});
    EXPECT_EQ(room->unwritten(), 2U);
    EXPECT_EQ(state(first), State::sending);
    seen->settle_fails = false;
    world->run_for(Milliseconds{200});
    EXPECT_EQ(room->unwritten(), 0U);
    EXPECT_EQ(state(first), State::sent);
    EXPECT_EQ(state(second), State::delivered);
}

TEST_F(SettlingTest, the_first_answer_counts_and_one_for_another_attempt_does_not) {
    add_route("a");
    furnish_outcomes();
    const auto id = in_hand();
    end(id, outcome(Verdict::rejected), 2);
    EXPECT_EQ(state(id), State::sending);
    end(id, outcome(Verdict::accepted));
    end(id, outcome(Verdict::rejected));
    EXPECT_EQ(state(id), State::sent);
    EXPECT_EQ(route().in_flight(), 0);
}

TEST_F(SettlingTest, an_outcome_that_the_store_knows_better_is_dropped_and_its_pool_read_again) {
    add_route("a");
    furnish_outcomes();
    const auto id = in_hand();
    store::Settlement other;
    other.key = id.key();
    other.event = model::Event::attempt_delivered;
    seen->settle({other}, [](const auto& applied) { ASSERT_TRUE(applied->at(0)); });
    end(id, outcome(Verdict::retry));
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_TRUE(in_flight.empty());
    EXPECT_EQ(scheduler.in_memory(), 0U);
    EXPECT_EQ(scheduler.pools_to_refill(clock.now(), 8).size(), 1U);
}

TEST_F(SettlingTest, when_the_provider_failed_another_route_has_it_at_once) {
    add_route("first");
    add_route("second");
    furnish_outcomes();
    const auto id = in_hand();
    end(id, outcome(Verdict::retry, Blame::provider));
    EXPECT_EQ(state(id), State::waiting);
    EXPECT_LE(record(id).progress.due, clock.now());
    EXPECT_TRUE(route(1).has_parked_to_start(clock.monotonic(), true)) << "in the other one's lane";
    EXPECT_EQ(scheduler.in_memory(), 1U);
}

TEST_F(SettlingTest, without_another_route_it_waits_as_its_class_says) {
    add_route("only");
    settings.classes["otp"].backoff = {Milliseconds{10'000}, Milliseconds{10'000}};
    furnish_outcomes();
    const auto id = in_hand();
    end(id, outcome(Verdict::retry, Blame::provider));
    EXPECT_GT(record(id).progress.due, clock.now());
    EXPECT_EQ(scheduler.in_memory(), 1U);
    EXPECT_TRUE(scheduler.promote(clock.now()).has_value());
}

TEST_F(SettlingTest, a_wait_that_the_provider_asks_for_is_at_most_half_the_life_of_its_class) {
    add_route("a");
    settings.classes["otp"].max_age = std::chrono::minutes(10);
    furnish_outcomes();
    const auto id = in_hand();
    auto later = outcome(Verdict::retry, Blame::recipient);
    later.retry_after = std::chrono::hours(3);
    end(id, later);
    EXPECT_EQ(record(id).progress.due, clock.now() + std::chrono::minutes(5));
}

TEST_F(SettlingTest, what_was_not_sent_is_given_back_or_stopped_and_says_why) {
    add_route("a");
    furnish_outcomes();
    const auto back = in_hand(), stopped = in_hand();
    room->post({{back.key(), 1, {}, NotSent{Reason::given_back, "memory", Milliseconds{1'000}}},
                {stopped.key(), 1, {}, NotSent{Reason::render_failed, "no such template"}}});
    world->run();
    EXPECT_EQ(state(back), State::waiting);
    EXPECT_EQ(record(back).progress.due, clock.now() + Milliseconds{1'000});
    EXPECT_EQ(last(back).detail, "memory");
    EXPECT_EQ(state(stopped), State::failed);
    EXPECT_EQ(last(stopped).reason, Reason::render_failed);
    EXPECT_EQ(route().in_flight(), 0);
    EXPECT_EQ(route().view(clock.monotonic(), clock.now()).rejected, 0U) << "the provider was not asked";
}

TEST_F(SettlingTest, failures_of_the_provider_end_in_a_rest_and_those_of_a_replaced_instance_do_not) {
    add_route("a");
    add_route("b");
    furnish_outcomes();
    std::vector<MessageId> of_first, of_second;
    for (int i = 0; i < queue::Circuit::threshold; ++i) {
        of_first.push_back(in_hand(message("otp"), 0));
        of_second.push_back(in_hand(message("otp"), 1));
    }
    specs[1].instance = std::make_shared<FakeInstance>("b");
    router.replace(specs);
    for (const auto id : of_first)
        end(id, outcome(Verdict::retry, Blame::provider));
    for (const auto id : of_second)
        end(id, outcome(Verdict::retry, Blame::provider));
    EXPECT_FALSE(route(0).is_healthy(clock.monotonic()));
    EXPECT_TRUE(route(1).is_healthy(clock.monotonic()));
}

TEST_F(SettlingTest, a_suspect_that_came_back_is_cleared_with_its_outcome) {
    add_route("a");
    furnish_outcomes();
    const auto id = in_hand(), unsent = in_hand();
    suspects.suspect(id.key(), 2);
    suspects.suspect(unsent.key(), 1);
    end(id, outcome(Verdict::accepted));
    room->post({unsent.key(), 1, {}, NotSent{Reason::given_back, "the daemon is stopping"}});
    world->run();
    EXPECT_EQ(suspects.deaths(id.key()), 0);
    EXPECT_EQ(suspects.deaths(unsent.key()), 1) << "nothing is known of what was not sent";
    EXPECT_TRUE(store->suspects()->empty());
}

TEST_F(SettlingTest, of_an_address_that_is_gone_the_list_learns) {
    add_route("a");
    furnish_outcomes();
    end(in_hand(), outcome(Verdict::rejected, Blame::gone));
    const auto rows = store->suppressions("", "", 10);
    ASSERT_EQ(rows->size(), 1U);
    EXPECT_EQ(rows->front().reason, "hard_bounce");
}

TEST_F(SettlingTest, many_threads_may_post_at_once) {
    add_route("a", 100);
    furnish_outcomes();
    std::vector<MessageId> all;
    for (int i = 0; i < 60; ++i)
        all.push_back(in_hand());
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < 3; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = t; i < all.size(); i += 3)
                room->post({all[i].key(), 1, outcome(Verdict::accepted), std::nullopt});
        });
    }
    for (auto& thread : threads)
        thread.join();
    world->run();
    for (const auto id : all)
        EXPECT_EQ(state(id), State::sent);
}

}  // namespace
}  // namespace chapar::dispatch
