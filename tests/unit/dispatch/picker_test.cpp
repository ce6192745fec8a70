// Picking alone: what goes now, what stays, and what goes back to the store.

#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

using model::Reason;

class PickerTest : public RoomTest {
  protected:
    void furnish_picker() {
        furnish();
        picker = std::make_unique<Picker>(Picker::Deps{clock, *seen, config, router, scheduler, suspects, memory});
    }
    static std::vector<MessageId> ids_of(const Batch& batch) {
        std::vector<MessageId> out;
        for (const auto& each : batch.items)
            out.push_back(each->queued.message.id);
        return out;
    }
    /// What was picked comes back with this outcome.
    void end(Batch& batch, const model::Outcome& how = outcome(model::Verdict::accepted)) {
        for (auto& each : batch.items) {
            Lane& lane = batch.route->lane(*each);
            batch.route->ended(lane, how, clock.monotonic());
            batch.route->learn(lane, each->queued.message.id.key(), how, clock.monotonic());
            memory.release(*each);
            scheduler.forget(*each);
        }
        batch.items.clear();
    }
    /// In the store, too, so that what the picker does to it can be read.
    MessageId store_and_schedule(const model::Message& one) {
        put({one});
        return schedule(one);
    }
    Reason last_reason(MessageId id) {
        world->run();  // the store may still be at it
        return model::decode_trace(record(id).progress.trace).back().reason;
    }

    std::unique_ptr<Picker> picker;
};

TEST_F(PickerTest, what_is_urgent_is_a_batch_of_its_own_that_waits_for_no_company) {
    add_route("a");
    furnish_picker();
    const auto offer = schedule("marketing"), code = schedule("otp");
    const auto picked = picker->pick(true);
    ASSERT_EQ(picked.batches.size(), 2U);
    EXPECT_EQ(ids_of(picked.batches[0]), std::vector{code});
    EXPECT_FALSE(picked.batches[0].can_wait);
    EXPECT_EQ(ids_of(picked.batches[1]), std::vector{offer});
    EXPECT_TRUE(picked.batches[1].can_wait) << "it is all there is";
    EXPECT_EQ(route().in_flight(), 2);
    EXPECT_TRUE(picker->pick(false).batches.empty());
}

TEST_F(PickerTest, of_scarce_places_a_reserve_stays_for_urgent_ones) {
    add_route("a", 10);
    furnish_picker();
    for (int i = 0; i < 20; ++i)
        schedule("marketing");
    const auto picked = picker->pick(true);
    ASSERT_EQ(picked.batches.size(), 1U);
    EXPECT_EQ(picked.batches[0].items.size(), 9U);
    schedule("otp");
    const auto urgent = picker->pick(false);
    ASSERT_EQ(urgent.batches.size(), 1U);
    EXPECT_EQ(urgent.batches[0].items.size(), 1U);
    EXPECT_EQ(route().room(config::Priority::critical), 0);
}

TEST_F(PickerTest, a_rate_is_kept_and_what_was_not_used_of_it_is_not_lost) {
    add_route("a", 100);
    specs[0].settings.rate = 10;
    furnish_picker();
    for (int i = 0; i < 4; ++i)
        EXPECT_TRUE(picker->pick(true).batches.empty()) << "looking costs nothing";
    for (int i = 0; i < 50; ++i)
        schedule("marketing");
    std::size_t picked = 0;
    for (int i = 0; i < 40; ++i) {
        for (const auto& batch : picker->pick(true).batches) {
            picked += batch.items.size();
            EXPECT_FALSE(batch.can_wait) << "more would go, so nothing waits for company";
        }
        clock.advance(Milliseconds{100});
    }
    EXPECT_GE(picked, 36U);
    EXPECT_LE(picked, 40U) << "ten in each second and a twentieth, for four seconds";
}

TEST_F(PickerTest, what_is_over_ends_in_the_store_and_takes_no_place) {
    add_route("a");
    furnish_picker();
    auto late = message("otp");
    late.expires_at = clock.now() + Milliseconds{10};
    const auto id = store_and_schedule(late);
    clock.advance(Milliseconds{10});
    EXPECT_TRUE(picker->pick(true).batches.empty());
    world->run();
    EXPECT_EQ(state(id), model::State::expired);
    EXPECT_EQ(route().in_flight(), 0);
    EXPECT_EQ(scheduler.in_memory(), 0U);
}

TEST_F(PickerTest, a_lane_that_rests_parks_what_goes_to_it_and_lets_it_go_in_order_afterwards) {
    add_route("a");
    furnish_picker();
    schedule("otp", "x@slow.example");
    auto first = picker->pick(true);
    auto slow_down = outcome(model::Verdict::retry, model::Blame::lane);
    slow_down.retry_after = Milliseconds{5'000};
    end(first.batches.at(0), slow_down);
    const std::vector expected{schedule("otp", "y@slow.example"), schedule("otp", "z@slow.example")};
    const auto quick = schedule("otp", "x@quick.example");
    const auto others = picker->pick(true);
    ASSERT_EQ(others.batches.size(), 1U);
    EXPECT_EQ(ids_of(others.batches[0]), std::vector{quick});
    clock.advance(Milliseconds{5'000});
    const auto later = picker->pick(true);
    ASSERT_EQ(later.batches.size(), 1U);
    EXPECT_EQ(ids_of(later.batches[0]), expected);
}

TEST_F(PickerTest, beyond_what_a_resting_lane_may_park_messages_go_back_to_the_store_with_the_reason) {
    add_route("a");
    furnish_picker();
    schedule("otp", "x@slow.example");
    auto first = picker->pick(true);
    auto slow_down = outcome(model::Verdict::retry, model::Blame::lane);
    slow_down.retry_after = std::chrono::minutes(10);
    end(first.batches.at(0), slow_down);
    for (std::size_t i = 0; i < Route::parked_limit; ++i)
        schedule("otp", "x@slow.example");
    const auto beyond = store_and_schedule(message("otp", "x@slow.example"));
    EXPECT_TRUE(picker->pick(true).batches.empty());
    EXPECT_EQ(last_reason(beyond), Reason::lane_throttled);
    EXPECT_EQ(record(beyond).progress.due, clock.now() + Route::given_back_for);
    EXPECT_EQ(scheduler.in_memory(), Route::parked_limit);
}

TEST_F(PickerTest, a_route_that_cannot_send_gives_its_parked_messages_back_to_the_line_in_order) {
    auto first = add_route("first");
    add_route("second");
    specs[0].settings.per_destination = 1;
    furnish_picker();
    for (int i = 0; i < 4; ++i)
        schedule("otp");
    auto one = picker->pick(true);
    ASSERT_EQ(one.batches.at(0).items.size(), 1U);
    route(0).pause("maintenance");
    const auto others = picker->pick(false);
    ASSERT_EQ(others.batches.size(), 1U);
    EXPECT_EQ(others.batches[0].route->settings().name, "second");
    const auto ids_now = ids_of(others.batches[0]);
    EXPECT_EQ(ids_now.size(), 3U);
    EXPECT_TRUE(std::ranges::is_sorted(ids_now, {}, [](MessageId id) { return id.key(); }));
}

TEST_F(PickerTest, a_number_that_no_route_takes_now_waits_in_the_store) {
    add_route("a");
    specs[0].settings.channel = "sms";
    specs[0].settings.prefixes = {"+98"};
    furnish_picker();
    auto text = message("otp");
    text.plan = {{"sms", "+4915112345678", "", "", "en"}};
    const auto id = store_and_schedule(text);
    EXPECT_TRUE(picker->pick(true).batches.empty());
    EXPECT_EQ(last_reason(id), Reason::no_route);
}

TEST_F(PickerTest, a_message_that_another_route_takes_is_parked_there) {
    for (const char* prefix : {"+98", "+49"}) {
        add_route(prefix);
        specs.back().settings.channel = "sms";
        specs.back().settings.prefixes = {prefix};
    }
    furnish_picker();
    auto text = message("otp");
    text.plan = {{"sms", "+4915112345678", "", "", "en"}};
    const auto id = schedule(text);
    const auto picked = picker->pick(true);
    ASSERT_EQ(picked.batches.size(), 1U) << "the second route comes after the first in the same look";
    EXPECT_EQ(picked.batches[0].route->settings().name, "+49");
    EXPECT_EQ(ids_of(picked.batches[0]), std::vector{id});
    EXPECT_TRUE(picked.again);
}

TEST_F(PickerTest, memory_that_is_used_up_holds_bulk_and_lets_an_urgent_message_pass) {
    add_route("a", 100);
    settings.queue.memory = 1 << 20;
    furnish_picker();
    for (int i = 0; i < 5; ++i) {
        auto large = message("marketing");
        large.body = std::string(64 << 10, 'x');
        schedule(large);
    }
    const auto some = picker->pick(true);
    ASSERT_EQ(some.batches.size(), 1U);
    EXPECT_EQ(some.batches[0].items.size(), 1U);
    schedule("otp");
    const auto urgent = picker->pick(false);
    ASSERT_EQ(urgent.batches.size(), 1U);
    EXPECT_EQ(urgent.batches[0].items[0]->queued.message.class_name, "otp");
}

TEST_F(PickerTest, a_suspect_goes_alone_and_one_of_two_deaths_only_when_nothing_is_in_hand) {
    add_route("a");
    furnish_picker();
    const auto once = schedule("otp"), innocent = schedule("otp");
    suspects.suspect(once.key(), 1);
    auto before = picker->pick(true);
    ASSERT_EQ(before.batches.size(), 1U);
    EXPECT_EQ(ids_of(before.batches[0]), std::vector{innocent});
    EXPECT_TRUE(before.again) << "the suspect waits for its turn";
    EXPECT_TRUE(picker->pick(false).batches.empty()) << "an innocent one is in flight on the route";
    end(before.batches[0]);
    auto alone = picker->pick(true);
    ASSERT_EQ(alone.batches.size(), 1U);
    EXPECT_EQ(ids_of(alone.batches[0]), std::vector{once});
    schedule("otp");
    EXPECT_TRUE(picker->pick(false).batches.empty()) << "the route is closed for the others";
    end(alone.batches[0]);
    suspects.came_back(once.key());
    suspects.clear(once.key());
    clock.advance(Milliseconds{1'000});
    auto next = picker->pick(true);
    ASSERT_EQ(next.batches.size(), 1U);
    end(next.batches[0]);
    suspects.suspect(schedule("otp").key(), 2);
    picker->pick(true);
    clock.advance(Milliseconds{1'000});
    EXPECT_TRUE(picker->pick(false).batches.empty()) << "something is leased elsewhere";
    EXPECT_EQ(picker->pick(true).batches.size(), 1U);
}

}  // namespace
}  // namespace chapar::dispatch
