// What the queue says of messages that wait.

#include "dispatch/views/waiting.hpp"
#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::Reason;
using model::Verdict;

class QueueViewTest : public DispatchTest {
  protected:
    QueueView view() {
        std::optional<QueueView> told;
        dispatcher->queue([&](QueueView now) { told = std::move(now); });
        EXPECT_TRUE(until([&] { return told.has_value(); }));
        return told.value_or(QueueView{});
    }
    /// "reason messages" of the only pool, the most frequent first.
    std::vector<std::string> reasons() {
        std::vector<std::string> out;
        for (const auto& pool : view().pools) {
            for (const auto& reason : pool.reasons)
                out.push_back(reason.reason + ' ' + std::to_string(reason.messages));
        }
        return out;
    }
};

TEST_F(QueueViewTest, a_paused_route_is_the_reason_of_all_that_is_due) {
    add_route("a");
    start();
    std::optional<Result<RouteView>> paused;
    dispatcher->pause("a", "maintenance", [&](Result<RouteView> done) { paused = std::move(done); });
    ASSERT_TRUE(until([&] { return paused.has_value(); }));
    enqueue(3, "otp");
    EXPECT_EQ(reasons(), std::vector<std::string>{"route_paused 3"});
    EXPECT_EQ(view().pools.at(0).reasons.at(0).words, "The route is paused. (route a: maintenance)");
}

TEST_F(QueueViewTest, without_a_route_that_is_the_reason) {
    start();
    enqueue(2, "otp");
    EXPECT_EQ(reasons(), std::vector<std::string>{"no_route 2"});
}

TEST_F(QueueViewTest, what_is_for_later_and_what_is_tried_again_are_kept_apart) {
    settings.classes["otp"].backoff = {std::chrono::hours(1), std::chrono::hours(1)};
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::retry, Blame::recipient); };
    start();
    auto later = message("otp");
    later.send_at = clock.now() + std::chrono::hours(2);
    enqueue({later, message("otp"), message("otp")});
    ASSERT_TRUE(until([&] { return plugin->count() == 2; }));
    EXPECT_TRUE(until([&] { return reasons() == std::vector<std::string>{"retry_later 2", "scheduled 1"}; }));
    EXPECT_TRUE(view().pools.at(0).reasons.at(0).until.has_value());
}

TEST_F(QueueViewTest, a_full_route_says_that_its_places_are_in_use) {
    auto plugin = add_route("a", 2);
    start();
    enqueue(5, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 2; }));
    EXPECT_EQ(reasons(), std::vector<std::string>{"places 3"});
    EXPECT_EQ(view().in_flight, 2);
}

class SlowStoreView : public QueueViewTest {};

TEST_F(SlowStoreView, what_is_answered_is_in_flight_until_that_is_written) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    const auto all = enqueue(3, "otp");
    seen->slow = true;
    ASSERT_TRUE(until([&] { return plugin->count() == 3; }));
    run_for(Milliseconds{20});
    EXPECT_EQ(view().in_flight, 3) << "who waits for zero reads the store next";
    seen->catch_up();
    EXPECT_TRUE(until([&] { return view().in_flight == 0; }));
    for (const auto id : all)
        EXPECT_EQ(state(id), model::State::sent);
}

TEST_F(QueueViewTest, a_rate_that_is_used_up_is_told_with_its_number) {
    auto plugin = add_route("a");
    specs.back().settings.rate = 0.001;
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    enqueue(3, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    EXPECT_TRUE(until([&] { return reasons() == std::vector<std::string>{"rate 2"}; }));
    EXPECT_EQ(view().pools.at(0).reasons.at(0).words, "Route a sends at most 0.001 a second.");
}

TEST_F(QueueViewTest, the_pools_with_the_most_waiting_come_first) {
    start();
    enqueue(1, "otp");
    enqueue(4, "marketing");
    const auto told = view();
    ASSERT_EQ(told.pools.size(), 2U);
    EXPECT_EQ(told.pools[0].class_name, "marketing");
    EXPECT_EQ(told.pools[0].looked_at, 4);
}

TEST_F(QueueViewTest, held_messages_are_counted) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::unknown); };
    start();
    enqueue(2, "marketing");
    EXPECT_TRUE(until([&] { return view().held == 2; }));
}

TEST_F(QueueViewTest, monitoring_sees_routes_and_the_age_of_what_is_due) {
    add_route("a");
    start();
    bool is_paused = false;
    dispatcher->pause("a", "", [&](const Result<RouteView>&) { is_paused = true; });
    ASSERT_TRUE(until([&] { return is_paused; }));
    auto old = message("otp");
    old.accepted_at = old.send_at = clock.now() - std::chrono::minutes(10);
    enqueue({old});
    run_for(Milliseconds{20});
    advance(Milliseconds{2'000});  // the look at the start may have been before it came
    EXPECT_TRUE(until([&] {
        const auto text = registry.text();
        const auto line = text.find("chapar_oldest_due_seconds{class=\"otp\"} ");
        return line != std::string::npos && std::stod(text.substr(line + 39)) >= 600 &&
               text.contains("chapar_route_state{channel=\"email\",route=\"a\",state=\"paused\"} 1") &&
               text.contains("chapar_messages_waiting{application=\"shop\",class=\"otp\"} 1");
    })) << registry.text();
}

}  // namespace
}  // namespace chapar::dispatch
