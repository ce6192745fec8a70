// The views alone: what others see of routes and lines.

#include "dispatch/views/gauges.hpp"
#include "dispatch/views/queue_view.hpp"
#include "dispatch/views/stall_watch.hpp"
#include "dispatch/views/standing.hpp"
#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

using model::Reason;

class ViewsTest : public RoomTest {
  protected:
    store::PoolDepth waiting(const std::string& cls, std::int64_t count, Milliseconds due_since = Milliseconds{0}) {
        return {{PoolId{1}, cls, "shop", ""}, count, clock.now() - due_since};
    }
    /// Begins `count` messages of the route, in the table too.
    void begin(std::size_t by, int count) {
        for (int i = 0; i < count; ++i) {
            auto one = item("otp");
            one->queued.progress.attempts = 1;
            Lane& lane = route(by).lane(*one);
            route(by).started(lane, one->queued.message.id.key(), clock.monotonic());
            in_flight.add({std::move(one), router.routes()[by], route(by).shared_instance(), &lane, {}, false});
        }
    }
    std::string metric(const std::string& name) {
        const auto text = registry.text();
        const auto line = text.find('\n' + name + ' ');
        if (line == std::string::npos) return "";
        const auto value = line + name.size() + 2;
        return text.substr(value, text.find('\n', value) - value);
    }
    Standing standing{clock};
    StallWatch watch{{clock, registry, config, router, scheduler, suspects, memory, in_flight}};
    Gauges gauges{{clock, registry, config, router, scheduler, memory, in_flight}};
    QueueViewer viewer{{clock, config, router, scheduler, in_flight, standing}};
};

TEST_F(ViewsTest, a_channel_stands_still_when_none_of_its_routes_may_send) {
    add_route("first");
    add_route("second");
    furnish();
    EXPECT_FALSE(standing.standstill("email", "otp").has_value()) << "nothing is known yet";
    standing.publish(router, *config);
    EXPECT_FALSE(standing.standstill("email", "otp").has_value());
    EXPECT_EQ(standing.standstill("sms", "otp")->reason, Reason::no_route);
    fail_provider(route(0));
    standing.publish(router, *config);
    EXPECT_FALSE(standing.standstill("email", "otp").has_value()) << "the second one sends";
    EXPECT_TRUE(standing.channels_down().empty());
    route(1).pause("maintenance");
    standing.publish(router, *config);
    EXPECT_EQ(standing.standstill("email", "otp")->reason, Reason::circuit_open);
    EXPECT_EQ(standing.standstill("email", "otp")->detail, "route first: its provider keeps failing");
    EXPECT_EQ(standing.channels_down(),
              std::vector<std::string>{
                  "no route of email can send now (first: its provider keeps failing; second: maintenance)"});
}

TEST_F(ViewsTest, a_class_that_no_route_serves_stands_still_while_others_go) {
    add_route("a");
    specs[0].settings.classes = {"otp"};
    furnish();
    standing.publish(router, *config);
    EXPECT_FALSE(standing.standstill("email", "otp").has_value());
    EXPECT_EQ(standing.standstill("email", "marketing")->detail, "no route carries email for class marketing");
    EXPECT_TRUE(standing.channels_down().empty());
}

TEST_F(ViewsTest, a_route_that_begins_nothing_of_what_is_due_is_stalled_after_a_while) {
    add_route("a");
    furnish();
    schedule("otp");
    int looks = 0;
    for (; watch.stalls().empty() && looks < 60; ++looks) {
        watch.look({waiting("otp", 1)}, false);
        clock.advance(Milliseconds{1'000});
    }
    EXPECT_GT(looks, 9);
    ASSERT_EQ(watch.stalls().size(), 1U) << "after " << looks << " seconds";
    EXPECT_EQ(watch.stalls()[0].why, "route a may send and messages are due (1 otp), but it begins none; 0 in flight");
    route().stall_detector().moved();
    watch.look({waiting("otp", 1)}, false);
    EXPECT_TRUE(watch.stalls().empty()) << "it began something";
}

TEST_F(ViewsTest, a_route_is_not_stalled_that_has_a_reason) {
    for (const char* name : {"paused", "resting", "full", "slow", "idle"}) {
        add_route(name, 2);
        specs.back().settings.classes = {name};
        settings.classes[name].name = name;
    }
    specs[3].settings.rate = 0.01;
    furnish();
    for (const char* name : {"paused", "resting", "full", "slow"})
        schedule(name);
    std::vector<store::PoolDepth> pools;
    for (const char* name : {"paused", "resting", "full", "slow"})
        pools.push_back(waiting(name, 1));
    route(0).pause("maintenance");
    ASSERT_TRUE(route(3).bucket().try_take(clock.monotonic()));
    begin(2, 2);
    for (int i = 0; i < 60; ++i) {
        if (route(1).is_healthy(clock.monotonic())) fail_provider(route(1));
        watch.look(pools, false);
        ASSERT_TRUE(watch.stalls().empty()) << watch.stalls()[0].why;
        clock.advance(Milliseconds{1'000});
    }
    for (int i = 0; i < 60; ++i) {
        watch.look({waiting("idle", 5)}, true);
        clock.advance(Milliseconds{1'000});
    }
    EXPECT_TRUE(watch.stalls().empty()) << "a store that fails says so itself";
}

TEST_F(ViewsTest, the_queue_says_why_what_is_due_waits) {
    add_route("a", 2);
    furnish();
    PoolLook look{waiting("otp", 3), {{"email", std::nullopt, "", 3, clock.now()}}, 3};
    const auto why = [&](bool store_holds = false) {
        standing.publish(router, *config);
        return viewer.view({look}, store_holds).pools.at(0).reasons.at(0).reason;
    };
    EXPECT_EQ(why(), "next");
    EXPECT_EQ(why(true), "store");
    begin(0, 2);
    EXPECT_EQ(why(), "places");
    EXPECT_EQ(viewer.view({}, false).in_flight, 2);
    route().pause("maintenance");
    EXPECT_EQ(why(), "route_paused");
    look.groups[0].reason = Reason::quiet_hours;
    EXPECT_EQ(why(), "quiet_hours") << "its row knows better";
    EXPECT_EQ(viewer.view({look}, false).pools[0].reasons[0].messages, 3);
}

TEST_F(ViewsTest, what_is_answered_is_in_flight_until_it_is_written) {
    add_route("a");
    furnish();
    begin(0, 1);
    auto one = item("otp");
    one->queued.progress.attempts = 1;
    const auto key = one->queued.message.id.key();
    Lane& lane = route().lane(*one);
    in_flight.add({std::move(one), router.routes()[0], route().shared_instance(), &lane, {}, false});
    in_flight.note_outcome(*in_flight.find_open(key, 1));
    EXPECT_EQ(viewer.view({}, false).in_flight, 2);
    in_flight.remove(key);
    EXPECT_EQ(viewer.view({}, false).in_flight, 1);
}

TEST_F(ViewsTest, monitoring_sees_lines_by_class_and_application_and_never_more_than_it_can_bear) {
    add_route("a");
    furnish();
    std::vector<store::PoolDepth> pools;
    for (int i = 0; i < 300; ++i)
        pools.push_back({{PoolId{i}, "otp", "application" + std::to_string(i), ""}, i + 1, clock.now()});
    pools.push_back(waiting("marketing", 7, std::chrono::minutes(10)));
    gauges.show_waiting(pools);
    EXPECT_EQ(metric(R"(chapar_messages_waiting{application="application299",class="otp"})"), "300");
    EXPECT_EQ(metric(R"(chapar_messages_waiting{application="application0",class="otp"})"), "");
    EXPECT_EQ(metric("chapar_messages_waiting{application=\"(others)\",class=\"otp\"}"), "5050");
    EXPECT_EQ(metric(R"(chapar_oldest_due_seconds{class="marketing"})"), "600");
    EXPECT_EQ(metric(R"(chapar_oldest_due_seconds{class="otp"})"), "0");
    gauges.show_waiting({});
    EXPECT_EQ(metric(R"(chapar_oldest_due_seconds{class="marketing"})"), "600") << "once a second is enough";
    clock.advance(Milliseconds{1'000});
    gauges.show_waiting({});
    EXPECT_EQ(metric(R"(chapar_oldest_due_seconds{class="marketing"})"), "0");
}

TEST_F(ViewsTest, monitoring_sees_each_routes_state_and_its_next_try) {
    add_route("a", 4);
    furnish();
    begin(0, 3);
    gauges.show_memory();
    EXPECT_EQ(metric(R"(chapar_route_state{channel="email",route="a",state="sending"})"), "1");
    EXPECT_EQ(metric(R"(chapar_route_in_flight{route="a"})"), "3");
    EXPECT_EQ(metric(R"(chapar_route_max_in_flight{route="a"})"), "4");
    EXPECT_EQ(metric("chapar_attempts_in_flight"), "3");
    fail_provider(route());
    gauges.show_memory();
    EXPECT_EQ(metric(R"(chapar_route_state{channel="email",route="a",state="sending"})"), "0");
    EXPECT_EQ(metric(R"(chapar_route_state{channel="email",route="a",state="resting"})"), "1");
    EXPECT_EQ(metric(R"(chapar_route_rests_seconds{route="a"})"), "2");
}

}  // namespace
}  // namespace chapar::dispatch
