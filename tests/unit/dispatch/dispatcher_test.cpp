#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::State;
using model::Verdict;

TEST_F(DispatchTest, an_attempt_is_on_disk_before_the_plugin_sees_the_message) {
    auto plugin = add_route("a");
    start();
    const auto id = enqueue(1, "otp").front();
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    const auto before = record(id);
    EXPECT_EQ(before.progress.state, State::sending);
    ASSERT_EQ(before.attempts.size(), 1u);
    EXPECT_FALSE(before.attempts[0].finished_at.has_value());
    EXPECT_EQ(plugin->seen[0].attempt.text(), id.text() + ".1");
    plugin->answer_all(outcome(Verdict::accepted));
    EXPECT_TRUE(until([&] { return state(id) == State::sent; }));
}

TEST_F(DispatchTest, a_retry_comes_back_with_the_next_attempt_number) {
    auto plugin = add_route("a");
    int calls = 0;
    plugin->answer = [&](const auto&) {
        return ++calls < 3 ? outcome(Verdict::retry, Blame::recipient) : outcome(Verdict::accepted);
    };
    start();
    const auto id = enqueue(1, "otp").front();
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    EXPECT_EQ(plugin->seen.back().attempt.number, 3);
    EXPECT_EQ(record(id).attempts.size(), 3u);
}

TEST_F(DispatchTest, places_are_kept_free_for_an_otp_while_bulk_fills_the_rest) {
    auto plugin = add_route("a", 10);
    start();
    enqueue(100, "marketing");
    ASSERT_TRUE(until([&] { return plugin->count() == 9; }));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), 9u) << "one of ten places is reserved";
    enqueue(1, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 10; }));
    EXPECT_EQ(plugin->seen.back().class_name, "otp");
    EXPECT_TRUE(plugin->seen.back().urgent) << "and goes first in the plugin too";
    EXPECT_FALSE(plugin->seen.front().urgent);
}

TEST_F(DispatchTest, a_backlog_far_larger_than_memory_is_sent_once_each_and_in_order) {
    settings.queue.window = 64;
    auto plugin = add_route("a", 16);
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    std::vector<MessageId> sent_order;
    for (int i = 0; i < 20; ++i) {
        for (const auto& id : enqueue(100, "marketing"))
            sent_order.push_back(id);
    }
    ASSERT_TRUE(until([&] { return plugin->count() >= 2000; }));
    run_for(Milliseconds{50});
    ASSERT_EQ(plugin->count(), 2000u);
    std::vector<MessageId> seen_order;
    for (const auto& out : plugin->seen) {
        EXPECT_EQ(out.attempt.number, 1);
        seen_order.push_back(out.attempt.message);
    }
    if (all_lanes) std::ranges::sort(seen_order);  // batches are answered as it comes
    EXPECT_TRUE(seen_order == sent_order) << "each once, the oldest first";
}

TEST_F(DispatchTest, after_a_crash_the_class_decides_what_is_in_doubt) {
    auto plugin = add_route("a");
    start();
    const auto otp = enqueue(1, "otp").front();
    const auto bulk = enqueue(1, "marketing").front();
    ASSERT_TRUE(until([&] { return plugin->count() == 2; }));
    crash();
    specs.clear();
    start();
    EXPECT_EQ(state(bulk), State::held);
    const auto retried = record(otp);
    EXPECT_EQ(retried.progress.state, State::waiting);
    ASSERT_EQ(retried.attempts.size(), 1u);
    EXPECT_EQ(retried.attempts[0].outcome.verdict, Verdict::unknown) << "the doubt is written down";
}

TEST_F(DispatchTest, a_failing_provider_is_left_for_the_next_route_at_once) {
    auto first = add_route("first");
    auto second = add_route("second");
    first->answer = [](const auto&) { return outcome(Verdict::retry, Blame::provider); };
    second->answer = [](const auto&) { return outcome(Verdict::accepted); };
    settings.classes["otp"].backoff = {std::chrono::hours(1), std::chrono::hours(1)};
    start();
    const auto made = enqueue(20, "otp");
    ASSERT_TRUE(until([&] { return second->count() == 20; }));
    ASSERT_TRUE(until([&] { return state(made.back()) == State::sent; }));
    const auto views = this->views();
    EXPECT_EQ(views[0].state, "resting");
    EXPECT_FALSE(views[0].why.empty());
    EXPECT_EQ(views[1].state, "sending");
}

TEST_F(DispatchTest, wrong_credentials_pause_the_route_and_resume_lets_it_go_on) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::retry, Blame::credentials); };
    start();
    const auto id = enqueue(1, "otp").front();
    std::vector<RouteView> views;
    const auto is_paused = [&] {
        dispatcher->routes([&](std::vector<RouteView> got) { views = std::move(got); });
        return !views.empty() && views[0].state == "paused";
    };
    ASSERT_TRUE(until(is_paused));
    EXPECT_NE(views[0].why.find("credentials"), std::string::npos);
    EXPECT_TRUE(until([&] { return state(id) == State::waiting; }));
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    dispatcher->resume("a", [](Result<RouteView> r) { EXPECT_TRUE(r.has_value()); });
    EXPECT_TRUE(until([&] { return state(id) == State::sent; }));
}

TEST_F(DispatchTest, it_says_what_keeps_a_channel_from_going) {
    add_route("a");
    specs[0].settings.classes = {"otp"};
    start();
    EXPECT_FALSE(dispatcher->standstill("email", "otp").has_value());
    EXPECT_EQ(dispatcher->standstill("email", "marketing")->reason, model::Reason::no_route);
    EXPECT_EQ(dispatcher->standstill("sms", "otp")->reason, model::Reason::no_route);
    bool paused = false;
    dispatcher->pause("a", "maintenance", [&](Result<RouteView> r) { paused = r.has_value(); });
    ASSERT_TRUE(until([&] { return paused; }));
    EXPECT_EQ(dispatcher->standstill("email", "otp")->reason, model::Reason::route_paused);
    EXPECT_EQ(dispatcher->standstill("email", "otp")->detail, "route a: maintenance");
}

TEST_F(DispatchTest, a_pause_outlives_a_restart) {
    add_route("a");
    start();
    bool paused = false;
    dispatcher->pause("a", "maintenance", [&](Result<RouteView> r) { paused = r.has_value(); });
    ASSERT_TRUE(until([&] { return paused; }));
    crash();
    start();
    std::vector<RouteView> views;
    dispatcher->routes([&](std::vector<RouteView> got) { views = std::move(got); });
    ASSERT_TRUE(until([&] { return !views.empty(); }));
    EXPECT_EQ(views[0].why, "maintenance");
}

TEST_F(DispatchTest, a_destination_that_asks_to_slow_down_does_not_slow_another) {
    auto plugin = add_route("a", 8);
    plugin->answer = [](const plugin::Outgoing& out) {
        return out.address.ends_with("slow.example")
                   ? model::Outcome{Verdict::retry, Blame::lane, std::chrono::minutes(5), "", "421", ""}
                   : outcome(Verdict::accepted);
    };
    start();
    std::vector<model::Message> messages;
    for (int i = 0; i < 40; ++i)
        messages.push_back(message("otp", i % 2 == 0 ? "x@slow.example" : "x@quick.example"));
    enqueue(std::move(messages));
    const auto quick = [&] {
        const std::lock_guard lock(plugin->mutex);
        return std::count_if(plugin->seen.begin(), plugin->seen.end(),
                             [](const auto& o) { return o.address == "x@quick.example"; });
    };
    ASSERT_TRUE(until([&] { return quick() == 20; }));
    EXPECT_LE(plugin->count(), 20u + 8u) << "only what was in flight already reached the slow one";
}

TEST_F(DispatchTest, a_stricter_class_goes_before_what_is_parked) {
    auto plugin = add_route("a", 2);
    specs[0].settings.per_destination = 1;
    settings.classes["news"].name = "news";
    settings.classes["news"].priority = config::Priority::high;
    start();
    std::vector<model::Message> messages;
    for (int i = 0; i < 20; ++i)
        messages.push_back(message("marketing", i % 2 == 0 ? "x@one.example" : "x@two.example"));
    enqueue(std::move(messages));
    ASSERT_TRUE(until([&] { return plugin->count() == 2; }));
    run_for(Milliseconds{20});
    enqueue({message("news", "x@three.example")});
    run_for(Milliseconds{20});
    EXPECT_EQ(plugin->count(), 2u) << "both places are taken";
    plugin->answer_all(outcome(Verdict::accepted));
    ASSERT_TRUE(until([&] { return plugin->count() == 4; }));
    EXPECT_EQ(plugin->seen[2].class_name, "news");
}

TEST_F(DispatchTest, what_was_cancelled_in_the_meantime_is_not_sent) {
    auto plugin = add_route("a", 1);
    start();
    const auto ids_made = enqueue(3, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    std::promise<bool> moved;
    store::Transition cancel;
    cancel.key = ids_made[1].key();
    cancel.event = model::Event::cancel;
    store->move(cancel, [&](Result<model::Progress> r) { moved.set_value(r.has_value()); });
    ASSERT_TRUE(moved.get_future().get());
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    plugin->answer_all(outcome(Verdict::accepted));
    ASSERT_TRUE(until([&] { return state(ids_made[2]) == State::sent; }));
    EXPECT_EQ(plugin->count(), 2u);
    EXPECT_EQ(state(ids_made[1]), State::cancelled);
}

TEST_F(DispatchTest, an_expired_message_is_not_sent_and_says_so) {
    auto plugin = add_route("a");
    start();
    auto late = message("otp");
    late.expires_at = clock.now() - Milliseconds{1};
    const auto id = enqueue({late}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::expired; }));
    EXPECT_EQ(plugin->count(), 0u);
    const auto trace = model::decode_trace(record(id).progress.trace);
    ASSERT_FALSE(trace.empty());
    EXPECT_EQ(trace.back().reason, model::Reason::expired);
}

TEST_F(DispatchTest, what_cannot_be_rendered_stops_with_its_reason) {
    auto plugin = add_route("a");
    start();
    auto broken = message("otp");
    broken.plan[0].template_name = "gone";
    const auto id = enqueue({broken}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::failed; }));
    EXPECT_EQ(plugin->count(), 0u);
    EXPECT_EQ(model::decode_trace(record(id).progress.trace).back().reason, model::Reason::render_failed);
}

TEST_F(DispatchTest, a_stop_waits_for_what_is_in_flight_and_leaves_nothing_in_doubt) {
    auto plugin = add_route("a", 4);
    start();
    enqueue(50, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 4; }));
    std::int64_t left = -1;
    dispatcher->stop(std::chrono::seconds(5), [&](std::int64_t still) { left = still; });
    run_for(Milliseconds{30});
    EXPECT_EQ(left, -1);
    plugin->answer_all(outcome(Verdict::accepted));
    ASSERT_TRUE(until([&] { return left == 0; }));
    EXPECT_EQ(plugin->count(), 4u);
    auto doubts = store->orphans(10);
    ASSERT_TRUE(doubts.has_value());
    EXPECT_TRUE(doubts->empty());
}

TEST_F(DispatchTest, the_last_word_on_a_route_stands_in_whatever_order_the_store_answers) {
    add_route("a");
    remember_in_memory(5);
    start();
    seen->answers_at_once = false;
    for (int i = 0; i < 60; ++i) {
        int told = 0;
        const auto count = [&](const auto&) { ++told; };
        dispatcher->pause("a", "the first word", count);
        dispatcher->resume("a", count);
        if (i % 2 == 0) dispatcher->pause("a", "the last word", count);
        do {
            world->run();
        } while ((seen->step && seen->step()) || world->run() != 0);
        EXPECT_EQ(told, i % 2 == 0 ? 3 : 2);
        EXPECT_EQ(view().state, i % 2 == 0 ? "paused" : "sending") << i;
    }
}

TEST_F(DispatchTest, what_another_node_leaves_behind_is_taken_over_while_this_one_works) {
    remember_in_memory();
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    store::MemoryOptions options;
    options.node = "other";
    auto other = store::open_memory(*in_memory, options, clock);
    const std::vector made{message("otp"), message("marketing"), message("otp")};
    put(made);
    std::vector<store::Lease> leases;
    for (const auto& each : made)
        leases.push_back({each.id.key(), 1, "email", "b", clock.now()});
    std::promise<std::size_t> granted;
    other->lease(leases, nullptr, [&](const auto& answers) {
        granted.set_value(static_cast<std::size_t>(std::ranges::count(*answers, true, &model::Leased::granted)));
    });
    ASSERT_EQ(granted.get_future().get(), 3U);
    const auto mine = enqueue(2, "otp");
    run_for(std::chrono::seconds(5));
    EXPECT_EQ(state(mine[0]), State::sent);
    for (const auto& each : made)
        EXPECT_EQ(state(each.id), State::sending) << "its owner lives";
    other.reset();
    ASSERT_TRUE(until([&] { return state(made[0].id) == State::sent && state(made[2].id) == State::sent; }));
    EXPECT_EQ(state(made[1].id), State::held) << "as its class says";
    EXPECT_EQ(record(made[0].id).attempts.size(), 2U);
    EXPECT_EQ(plugin->count(), 4U);
}

TEST_F(DispatchTest, a_stop_that_gets_no_answer_ends_at_its_limit) {
    auto plugin = add_route("a");
    start();
    enqueue(1, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    std::int64_t left = -1;
    dispatcher->stop(Milliseconds{50}, [&](std::int64_t still) { left = still; });
    ASSERT_TRUE(until([&] { return left == 1; }));
}

}  // namespace
}  // namespace chapar::dispatch
