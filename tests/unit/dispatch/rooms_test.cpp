// The small rooms by themselves: memory, the table of what is in flight, tickets, suspects.

#include "rooms.hpp"
#include "dispatch/lease/lease_tickets.hpp"

namespace chapar::dispatch {
namespace {

constexpr std::size_t kibibyte = 1 << 10, mebibyte = 1 << 20;

class FlightMemoryTest : public RoomTest {
  protected:
    FlightMemoryTest() {
        add_route("a");
        add_route("b");
        settings.queue.memory = 16 * mebibyte;  // 12 of it for what is in flight, 6 for each of the routes
    }
    queue::ItemPtr large(std::size_t bytes) {
        auto one = message("marketing");
        one.body = std::string(bytes, 'x');
        return item(one);
    }
};

TEST_F(FlightMemoryTest, a_route_has_its_share_and_an_urgent_message_a_reserve_in_it) {
    furnish();
    std::vector<queue::ItemPtr> charged;
    for (auto one = large(128 * kibibyte); memory.fits(route(0), *one, false); one = large(128 * kibibyte)) {
        memory.charge(route(0), *one, false);
        charged.push_back(std::move(one));
    }
    EXPECT_EQ(charged.size(), 6U) << "each counts three times twice its size; an eighth is for urgent ones";
    EXPECT_TRUE(memory.fits(route(0), *large(kibibyte), true));
    EXPECT_TRUE(memory.fits(route(1), *large(128 * kibibyte), false)) << "the other route has its own";
    memory.release(*charged.back());
    EXPECT_TRUE(memory.fits(route(0), *large(128 * kibibyte), false));
}

TEST_F(FlightMemoryTest, what_a_message_was_rendered_to_is_foreseen_of_the_next_one_and_slowly_forgotten) {
    furnish();
    auto first = large(kibibyte);
    memory.charge(route(0), *first, false);
    const auto small = memory.used();
    EXPECT_TRUE(memory.admit_rendered(*first, mebibyte, false)) << "alone beyond what was foreseen";
    EXPECT_GT(memory.used(), small + 2 * mebibyte);
    memory.release(*first);
    EXPECT_EQ(memory.used(), 0U);
    auto second = large(kibibyte);
    memory.charge(route(0), *second, false);
    EXPECT_GT(memory.used(), 3 * mebibyte);
    EXPECT_TRUE(memory.admit_rendered(*second, kibibyte, false));
    memory.release(*second);
    EXPECT_LT(second->pool->foreseen_bytes, mebibyte);
    EXPECT_GT(second->pool->foreseen_bytes, mebibyte / 2);
}

TEST_F(FlightMemoryTest, of_what_turns_out_large_only_as_many_go_as_the_spare_part_holds_and_urgent_ones_always) {
    furnish();
    std::vector<queue::ItemPtr> all;
    for (int i = 0; i < 4; ++i) {
        all.push_back(large(kibibyte));
        memory.charge(route(0), *all.back(), false);
    }
    EXPECT_TRUE(memory.admit_rendered(*all[0], 200 * kibibyte, false));
    EXPECT_TRUE(memory.admit_rendered(*all[1], 200 * kibibyte, false));
    EXPECT_FALSE(memory.admit_rendered(*all[2], mebibyte, false)) << "2 MiB are spare";
    EXPECT_TRUE(memory.admit_rendered(*all[3], mebibyte, true));
    for (auto& one : all)
        memory.release(*one);
    EXPECT_EQ(memory.used(), 0U);
}

class InFlightTest : public RoomTest {
  protected:
    MessageKey add(std::size_t of_route = 0, int number = 1) {
        auto one = item("otp");
        one->queued.progress.attempts = number;
        const auto key = one->queued.message.id.key();
        auto& by = router.routes()[of_route];
        Lane& lane = by->lane(*one);
        in_flight.add({std::move(one), by, by->shared_instance(), &lane, {}, false});
        return key;
    }
    Retired note() {
        return [this](const std::vector<std::shared_ptr<plugin::Instance>>& gone) {
            for (const auto& each : gone)
                retired += each->name() + ' ';
        };
    }
    std::string retired;
};

TEST_F(InFlightTest, an_answer_counts_once_and_only_for_its_own_attempt) {
    add_route("a");
    furnish();
    const auto key = add(0, 2);
    EXPECT_EQ(in_flight.find_open(key, 1), nullptr) << "of an earlier attempt";
    EXPECT_EQ(in_flight.find_open(key, 3), nullptr);
    EXPECT_EQ(in_flight.find_open(ids.next().key(), 2), nullptr);
    auto* const open = in_flight.find_open(key, 2);
    ASSERT_NE(open, nullptr);
    EXPECT_EQ(in_flight.count_open(route()), 1);
    in_flight.note_outcome(*open);
    EXPECT_EQ(in_flight.find_open(key, 2), nullptr) << "a second answer";
    EXPECT_EQ(in_flight.count_open(route()), 0);
    EXPECT_EQ(in_flight.count_unwritten(), 1);
    EXPECT_TRUE(in_flight.remove(key).has_value());
    EXPECT_FALSE(in_flight.remove(key).has_value());
    EXPECT_TRUE(in_flight.empty());
}

TEST_F(InFlightTest, an_instance_is_retired_at_once_or_with_the_outcome_of_its_last_message) {
    add_route("idle");
    add_route("busy");
    furnish();
    const auto first = add(1), second = add(1);
    in_flight.retire({specs[0].instance, specs[1].instance}, note());
    EXPECT_EQ(retired, "idle ");
    in_flight.note_outcome(*in_flight.find_open(first, 1));
    in_flight.remove(first);
    EXPECT_EQ(retired, "idle ");
    in_flight.note_outcome(*in_flight.find_open(second, 1));
    EXPECT_EQ(retired, "idle busy ") << "it has nothing to do with the commit";
}

TEST(LeaseTicketsTest, who_waits_for_nothing_goes_at_once) {
    LeaseTickets tickets;
    int passed = 0;
    tickets.wait([&] { ++passed; });
    EXPECT_EQ(passed, 1);
    tickets.close(tickets.open());
    tickets.wait([&] { ++passed; });
    EXPECT_EQ(passed, 2);
}

TEST(LeaseTicketsTest, who_waits_is_passed_by_later_batches_and_not_by_earlier_ones) {
    LeaseTickets tickets;
    std::string passed;
    const auto first = tickets.open();
    tickets.wait([&] { passed += "one "; });
    const auto second = tickets.open();
    tickets.wait([&] { passed += "both "; });
    const auto third = tickets.open();
    tickets.close(third);
    EXPECT_EQ(passed, "");
    tickets.close(first);
    EXPECT_EQ(passed, "one ");
    tickets.close(second);
    EXPECT_EQ(passed, "one both ");
}

TEST(LeaseTicketsTest, an_early_batch_that_ends_last_holds_all_of_them_and_in_order) {
    LeaseTickets tickets;
    std::string passed;
    const auto first = tickets.open(), second = tickets.open();
    tickets.wait([&] { passed += "a"; });
    tickets.wait([&] { passed += "b"; });
    tickets.close(second);
    EXPECT_EQ(passed, "");
    tickets.close(first);
    EXPECT_EQ(passed, "ab");
}

TEST(LeaseTicketsTest, a_batch_is_closed_with_its_last_part) {
    LeaseTickets tickets;
    const auto batch = tickets.open();
    tickets.share(batch);
    tickets.share(batch);
    int passed = 0;
    tickets.wait([&] { ++passed; });
    tickets.close(batch);
    tickets.close(batch);
    EXPECT_EQ(passed, 0);
    tickets.close(batch);
    EXPECT_EQ(passed, 1);
}

TEST(LeaseTicketsTest, one_that_is_let_go_may_wait_again) {
    LeaseTickets tickets;
    int passed = 0;
    const auto first = tickets.open();
    tickets.wait([&] { tickets.wait([&] { ++passed; }); });
    tickets.close(first);
    EXPECT_EQ(passed, 1);
}

class CrashSuspectsTest : public RoomTest {
  protected:
    MessageKey add(int deaths, std::size_t by = 0) {
        auto one = item("otp");
        const auto key = one->queued.message.id.key();
        suspects.suspect(key, deaths);
        suspects.add(std::move(one), router.routes()[by]);
        return key;
    }
    /// The key of the one that may start now; 0: nobody may.
    MessageKey start() {
        if (!suspects.turn(clock.monotonic())) return {};
        const auto one = suspects.start_next(clock.monotonic());
        return one ? one->queued.message.id.key() : MessageKey{};
    }
};

TEST_F(CrashSuspectsTest, one_at_a_time_and_those_with_fewer_deaths_first) {
    add_route("a");
    furnish();
    const auto twice = add(2), once = add(1), also_once = add(1);
    EXPECT_EQ(start(), once);
    EXPECT_TRUE(suspects.closes(route())) << "nothing else of the route starts";
    EXPECT_FALSE(suspects.is_strict());
    EXPECT_EQ(start(), MessageKey{}) << "the first one is out";
    suspects.came_back(once);
    EXPECT_EQ(start(), also_once);
    suspects.came_back(also_once);
    EXPECT_EQ(start(), MessageKey{}) << "the others of the route have a turn before the next kind";
    clock.advance(Milliseconds{10});
    EXPECT_EQ(start(), twice);
    EXPECT_TRUE(suspects.is_strict()) << "the whole daemon is its";
}

TEST_F(CrashSuspectsTest, the_first_time_alone_ends_after_a_moment_and_the_second_when_it_is_back) {
    add_route("a");
    furnish();
    const auto slow = add(1), next = add(1);
    EXPECT_EQ(start(), slow);
    clock.advance(Milliseconds{249});
    EXPECT_EQ(start(), MessageKey{});
    clock.advance(Milliseconds{1});
    EXPECT_EQ(start(), next);
    EXPECT_EQ(suspects.still_out(route()), 1);
    suspects.came_back(slow);
    suspects.came_back(next);
    EXPECT_EQ(suspects.still_out(route()), 0);
    suspects.turn(clock.monotonic());  // nobody is left
    clock.advance(Milliseconds{1'000});
    const auto deadly = add(2);
    const auto behind = add(2);
    EXPECT_EQ(start(), deadly);
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(start(), MessageKey{}) << "however long it takes";
    suspects.came_back(deadly);
    EXPECT_EQ(start(), MessageKey{}) << "the others have a turn as long as that took";
    clock.advance(std::chrono::hours(1));
    EXPECT_EQ(start(), behind);
}

TEST_F(CrashSuspectsTest, who_cannot_go_now_leaves_and_who_is_cleared_is_no_suspect) {
    add_route("a");
    add_route("b");
    furnish();
    const auto here = add(1), there = add(1, 1);
    fail_provider(route(1));
    const auto left = suspects.take_unhealthy(clock.monotonic());
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0]->queued.message.id.key(), there);
    EXPECT_EQ(suspects.deaths(here), 1);
    suspects.clear(here);
    EXPECT_EQ(suspects.deaths(here), 0);
    clock.advance(std::chrono::hours(2));
    EXPECT_EQ(suspects.take_expired(clock.now()).size(), 1U);
    EXPECT_FALSE(suspects.look_at(clock.monotonic()).has_value());
}

}  // namespace
}  // namespace chapar::dispatch
