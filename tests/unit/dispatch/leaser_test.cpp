// Leasing alone: what becomes of a batch that was picked.

#include <fstream>

#include "base/log.hpp"
#include "dispatch/lease/leaser.hpp"
#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

using model::Reason;
using model::State;

class LeaserTest : public RoomTest {
  protected:
    void furnish_leaser() {
        furnish();
        picker = std::make_unique<Picker>(Picker::Deps{clock, *seen, config, router, scheduler, suspects, memory});
        leaser = std::make_unique<Leaser>(
            Leaser::Deps{clock, *seen, *seen, catalogue, registry, world->contexts->strand, world->render, config,
                         router, scheduler, suspects, memory, in_flight, tickets},
            [this](Leaser::Leased answer) { answers.push_back(std::move(answer)); });
    }
    ~LeaserTest() override { forget(); }
    MessageId offer(const std::string& cls = "otp") { return offer(message(cls)); }
    MessageId offer(const model::Message& one) {
        put({one});
        return schedule(one);
    }
    /// Picks and leases what is scheduled.
    void lease() {
        for (auto& batch : picker->pick(true).batches)
            leaser->lease(std::move(batch));
        world->run();
    }
    std::vector<MessageId> going() {
        std::vector<MessageId> out;
        for (const auto& answer : answers)
            for (const auto* each : answer.go)
                out.push_back(each->queued.message.id);
        return out;
    }

    LeaseTickets tickets;
    std::unique_ptr<Picker> picker;
    std::unique_ptr<Leaser> leaser;
    std::vector<Leaser::Leased> answers;
};

TEST_F(LeaserTest, granted_attempts_are_on_disk_and_in_the_table_in_their_order) {
    add_route("a");
    furnish_leaser();
    const std::vector all{offer(), offer(), offer()};
    lease();
    EXPECT_EQ(going(), all);
    for (const auto id : all) {
        EXPECT_EQ(state(id), State::sending);
        EXPECT_NE(in_flight.find_open(id.key(), 1), nullptr);
    }
    EXPECT_EQ(leaser->under_way(), 0U);
}

TEST_F(LeaserTest, a_batch_is_under_way_until_the_store_has_answered) {
    add_route("a");
    furnish_leaser();
    offer();
    world->holds_render = true;
    lease();
    EXPECT_EQ(leaser->under_way(), 1U);
    EXPECT_TRUE(answers.empty());
    world->holds_render = false;
    world->run();
    EXPECT_EQ(leaser->under_way(), 0U);
}

TEST_F(LeaserTest, a_batch_has_its_ticket_from_before_the_store_is_asked_until_its_taker_closes_it) {
    add_route("a");
    furnish_leaser();
    offer();
    world->holds_render = true;
    lease();
    bool passed = false;
    tickets.wait([&] { passed = true; });
    world->holds_render = false;
    world->run();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_FALSE(passed) << "it is leased, and not handed over";
    tickets.close(answers[0].ticket);
    EXPECT_TRUE(passed);
}

TEST_F(LeaserTest, a_batch_that_the_store_refuses_has_a_ticket_to_close_too) {
    add_route("a");
    furnish_leaser();
    offer();
    seen->lease_fails = true;
    lease();
    bool passed = false;
    tickets.wait([&] { passed = true; });
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_FALSE(passed);
    tickets.close(answers[0].ticket);
    EXPECT_TRUE(passed);
}

TEST_F(LeaserTest, a_store_that_refuses_puts_all_back_in_order_and_holds_for_a_while) {
    add_route("a");
    furnish_leaser();
    const std::vector all{offer(), offer(), offer()};
    seen->lease_fails = true;
    lease();
    EXPECT_TRUE(leaser->store_fails());
    EXPECT_GT(leaser->holds_until(), clock.monotonic());
    EXPECT_EQ(route().in_flight(), 0);
    EXPECT_EQ(memory.used(), 0U);
    EXPECT_TRUE(in_flight.empty());
    ASSERT_EQ(answers.size(), 1U) << "whoever waits is told";
    seen->lease_fails = false;
    answers.clear();
    lease();
    EXPECT_EQ(going(), all);
    EXPECT_FALSE(leaser->store_fails());
}

TEST_F(LeaserTest, the_part_of_the_rate_that_a_refused_lease_took_is_free_again) {
    add_route("a");
    specs[0].settings.rate = 0.01;  // one in more than a minute
    furnish_leaser();
    const auto id = offer();
    seen->lease_fails = true;
    lease();
    seen->lease_fails = false;
    lease();
    EXPECT_EQ(going(), std::vector{id});
}

TEST_F(LeaserTest, what_moved_in_the_store_is_forgotten_and_looked_for_again) {
    add_route("a");
    furnish_leaser();
    const auto gone = offer();
    store::Transition cancel;
    cancel.key = gone.key();
    cancel.event = model::Event::cancel;
    seen->move(cancel, [](const Result<model::Progress>& done) { EXPECT_TRUE(done.has_value()); });
    lease();
    EXPECT_TRUE(going().empty());
    EXPECT_EQ(scheduler.in_memory(), 0U);
    EXPECT_EQ(route().in_flight(), 0);
    ASSERT_EQ(scheduler.pools_to_refill(clock.now(), 8).size(), 1U) << "its pool is read again";
}

TEST_F(LeaserTest, what_the_policy_keeps_back_waits_in_memory_until_it_is_due_and_is_counted) {
    add_route("a");
    config::CapSettings cap;
    cap.name = "one";
    cap.limit = 1;
    cap.over = config::CapSettings::Over::defer;
    cap.window.length = Milliseconds{30'000};
    settings.caps.push_back(cap);
    furnish_leaser();
    auto first = message("marketing"), second = message("marketing");
    first.recipient = second.recipient = "sara";
    offer(first);
    offer(second);
    lease();
    EXPECT_EQ(going(), std::vector{first.id});
    EXPECT_EQ(scheduler.in_memory(), 2U) << "one in flight, one that waits";
    EXPECT_EQ(registry.counter("messages_kept_back_total", "", {{"reason", "capped"}}).value(), 1);
    clock.advance(Milliseconds{30'001});
    scheduler.promote(clock.now());
    lease();
    EXPECT_EQ(going(), (std::vector{first.id, second.id}));
}

TEST_F(LeaserTest, after_a_stop_what_is_granted_comes_back_unsent) {
    add_route("a");
    furnish_leaser();
    const auto id = offer();
    leaser->stop();
    lease();
    EXPECT_TRUE(going().empty());
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_EQ(answers[0].back.size(), 1U);
    EXPECT_EQ(answers[0].back[0].key, id.key());
    EXPECT_EQ(answers[0].back[0].number, 1);
    EXPECT_EQ(answers[0].back[0].not_sent->reason, Reason::given_back);
    EXPECT_EQ(answers[0].back[0].not_sent->detail, "the daemon is stopping");
}

TEST_F(LeaserTest, what_was_granted_to_a_route_that_has_left_comes_back_unsent) {
    add_route("a");
    furnish_leaser();
    offer();
    world->holds_render = true;
    lease();
    router.replace({});
    world->holds_render = false;
    world->run();
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_EQ(answers[0].back.size(), 1U);
    EXPECT_EQ(answers[0].back[0].not_sent->detail, "route a has left the configuration");
}

TEST_F(LeaserTest, a_refused_probe_frees_its_route) {
    add_route("a");
    furnish_leaser();
    fail_provider(route());
    clock.advance(queue::Circuit::first_rest);
    offer();
    seen->lease_fails = true;
    lease();
    EXPECT_TRUE(route().is_healthy(clock.monotonic())) << "the next message tries it";
    seen->lease_fails = false;
    lease();
    EXPECT_EQ(going().size(), 1U);
    EXPECT_TRUE(route().is_probing());
}

TEST_F(LeaserTest, a_suspect_that_is_not_granted_holds_nobody_up) {
    add_route("a");
    furnish_leaser();
    const auto suspect = offer();
    suspects.suspect(suspect.key(), 1);
    picker->pick(true);
    seen->lease_fails = true;
    lease();
    seen->lease_fails = false;
    EXPECT_FALSE(suspects.still_out(route()));
    for (int i = 0; i < 20 && going().empty(); ++i) {
        clock.advance(Milliseconds{1'000});
        lease();
    }
    EXPECT_EQ(going(), std::vector{suspect});
}

TEST_F(LeaserTest, an_alarm_is_told_once_a_minute) {
    CapAlarms alarms(clock, registry);
    const std::vector<policy::CapAlarm> reached{{.rule = "few", .is_reached = true, .counter = 5, .limit = 5}};
    log::configure(log::Level::info, log::Format::human, (folder / "log").string());
    for (int i = 0; i < 61; ++i) {
        alarms.raise(reached);
        clock.advance(Milliseconds{1'000});
    }
    log::configure(log::Level::info, log::Format::human, "");
    std::ifstream in(folder / "log");
    int lines = 0;
    for (std::string line; std::getline(in, line);)
        lines += line.contains("cap.alarm") ? 1 : 0;
    EXPECT_EQ(lines, 2);
    EXPECT_EQ(registry.counter("cap_alarms_total", "", {{"cap", "few"}, {"reached", "yes"}}).value(), 61);
}

}  // namespace
}  // namespace chapar::dispatch
