#include "store/person.hpp"
#include "world.hpp"

namespace chapar::webhook {
namespace {

using Ids = std::vector<std::string>;

TEST_F(Room, what_came_since_a_time_is_sent_once_more_in_order_and_with_the_same_ids) {
    open_room();
    apply({settings("shop")});
    for (int i = 0; i < 30; ++i) {
        say(i % 3);
        world.run_for(1min);
    }
    const auto before = consumers["shop"].requests.size();
    ASSERT_EQ(before, 30U);
    std::optional<Error> wrong;
    deliveries->replay_since("shop", world.clock.now() - 10min, [&](const Result<View>& done) {
        if (!done) wrong = done.error();
    });
    EXPECT_FALSE(wrong);
    world.run_for(1min);
    const auto& all = consumers["shop"].requests;
    ASSERT_EQ(all.size(), before + 10);
    for (std::size_t i = 0; i < 10; ++i)
        EXPECT_EQ(all[before + i].id, all[before - 10 + i].id);
    EXPECT_EQ(view("shop").waiting, 0);
}

TEST_F(Room, one_event_is_sent_once_more_and_waits_for_nothing_that_was_taken) {
    open_room();
    auto shop = settings("shop");
    shop.events = {"message.inbound"};
    apply({shop});
    say(1);
    say(1, "unsubscribed");
    for (int i = 0; i < 5; ++i)
        say(1);
    world.run_for(1min);
    ASSERT_EQ(consumers["shop"].requests.size(), 6U);
    const auto numbers = store->feed({}, {}, 10)->entries;
    const auto replay = [&](std::int64_t number) {
        std::optional<Error> out;
        deliveries->replay_one("shop", number, [&](const Result<View>& done) {
            if (!done) out = done.error();
        });
        world.run_for(1min);
        return out;
    };
    EXPECT_FALSE(replay(numbers[2].number));
    ASSERT_EQ(consumers["shop"].requests.size(), 7U);
    EXPECT_EQ(consumers["shop"].requests.back().id, event_of(numbers[2]).id);
    EXPECT_TRUE(replay(numbers[1].number)->is(Code::not_wanted));
    EXPECT_TRUE(replay(4711)->is(Code::not_there));
    EXPECT_EQ(consumers["shop"].requests.size(), 7U);
}

TEST_F(Room, a_replayed_event_that_fails_is_tried_again_also_after_a_crash) {
    open_room();
    apply({settings("shop")});
    say(1);
    world.run_for(1min);
    consumers["shop"].rule = [](const Request&) { return Said{.status = 500}; };
    const auto number = store->feed({}, {}, 1)->entries.front().number;
    deliveries->replay_one("shop", number, [](const Result<View>&) {});
    world.run_for(1min);
    crash();
    consumers["shop"].rule = [](const Request&) { return Said{}; };
    apply({settings("shop")});
    world.run_for(10min);
    EXPECT_EQ(consumers["shop"].requests.back().status, 200);
    EXPECT_EQ(consumers["shop"].requests.back().id, consumers["shop"].requests.front().id);
}

TEST_F(Room, a_test_is_answered_at_once_and_counts_for_nothing) {
    open_room();
    apply({settings("shop")});
    deliveries->disable("shop", [](const Result<View>&) {});
    EXPECT_EQ(view("shop").state, "disabled");
    consumers["shop"].rule = [](const Request&) { return Said{.status = 418, .after = 30ms}; };
    std::optional<Tested> tested;
    deliveries->test("shop", [&](const Result<Tested>& done) { tested = *done; });
    world.run_for(1s);
    ASSERT_TRUE(tested);
    EXPECT_EQ(tested->answer.status, 418);
    EXPECT_EQ(tested->took, 30ms);
    EXPECT_EQ(consumers["shop"].requests.back().type, "webhook.test");
    EXPECT_TRUE(consumers["shop"].requests.back().id.starts_with("evt_test_"));
    EXPECT_EQ(view("shop").failed, 0);
    bool is_unknown = false;
    deliveries->test("nobody", [&](const Result<Tested>& done) { is_unknown = done.error().is(Code::unknown); });
    EXPECT_TRUE(is_unknown);
}

TEST_F(Room, the_operator_stops_one_and_lets_it_go_on) {
    open_room();
    apply({settings("shop")});
    deliveries->disable("shop", [](const Result<View>&) {});
    for (int i = 0; i < 20; ++i)
        say(1);
    world.run_for(1h);
    EXPECT_TRUE(consumers["shop"].requests.empty());
    crash();
    apply({settings("shop")});
    EXPECT_EQ(view("shop").why, "by the operator");
    deliveries->enable("shop", [](const Result<View>&) {});
    world.run_for(1min);
    EXPECT_EQ(consumers["shop"].accepted(), fed());
    bool is_enabled = true;
    deliveries->enable("shop", [&](const Result<View>& done) { is_enabled = !done.error().is(Code::not_enabled); });
    EXPECT_FALSE(is_enabled);
    store::FeedFilter told;
    told.kinds = {"endpoint.disabled"};
    EXPECT_TRUE(store->feed(told, {}, 10)->entries.empty()) << "who did it knows it";
}

TEST_F(Room, a_reload_changes_secrets_order_and_filter_and_loses_nothing) {
    open_room();
    auto shop = settings("shop");
    shop.retries = {"1s", "2s", "3s", "4s", "5s", "6s", "7s", "8s", "9s", "10s", "11s", "12s"};
    apply({shop});
    consumers["shop"].rule = [&](const Request&) -> Said {
        return {.status = random() % 10 < 3 ? 500 : 200, .after = Milliseconds(random() % 200)};
    };
    const std::vector<std::string> orders{"strict", "none", "person"};
    for (int i = 0; i < 12; ++i) {
        for (int j = 0; j < 50; ++j)
            say(j % 10);
        world.run_for(700ms);
        shop.order = orders[static_cast<std::size_t>(i) % 3];
        shop.secrets = i % 2 == 0 ? std::vector{secret('a'), secret('b')} : std::vector{secret('b')};
        apply({shop});
        const auto since = world.clock.now();
        say(77);
        world.run_for(300ms);
        for (const auto& each : consumers["shop"].requests) {
            if (each.at <= since) continue;
            EXPECT_EQ(std::ranges::count(each.signature, ','), static_cast<std::ptrdiff_t>(shop.secrets.size()));
        }
    }
    world.run();
    const auto all = fed().size();
    ASSERT_TRUE(until([&] { return consumers["shop"].taken.size() == all; }, 1h));
}

TEST_F(Room, one_that_leaves_the_configuration_and_comes_back_goes_on_where_it_stood) {
    open_room();
    apply({settings("shop"), settings("ops")});
    say(1);
    world.run_for(1s);
    apply({settings("ops")});
    for (int i = 0; i < 9; ++i)
        say(1);
    world.run_for(1h);
    EXPECT_EQ(consumers["shop"].requests.size(), 1U);
    apply({settings("ops"), settings("shop")});
    world.run_for(1min);
    EXPECT_EQ(consumers["shop"].accepted(), fed());
    auto off = settings("shop");
    off.enabled = false;
    apply({off});
    EXPECT_EQ(view("shop").state, "switched_off");
    say(1);
    world.run_for(1h);
    EXPECT_EQ(consumers["shop"].accepted().size(), 10U);
    apply({settings("shop")});
    world.run_for(1min);
    EXPECT_EQ(consumers["shop"].accepted(), fed());
}

TEST_F(Room, what_was_removed_before_it_was_taken_is_told_of) {
    open_room();
    apply({settings("shop"), settings("gone")});
    say(1);
    world.run_for(1min);
    apply({settings("shop")});
    deliveries->disable("shop", [](const Result<View>&) {});
    for (int i = 0; i < 20; ++i)
        say(1);
    world.run_for(1h);
    store->prune_feed(world.clock.now() - 30min, 100, {});
    say(1);
    world.run_for(1min);
    deliveries->enable("shop", [](const Result<View>&) {});
    world.run_for(1min);
    EXPECT_EQ(view("shop").missed, 1);
    EXPECT_EQ(consumers["shop"].accepted().size(), 2U);
    apply({settings("shop")});
    say(1);
    world.run_for(1min);
    crash();
    apply({settings("shop")});
    world.run_for(1s);
    EXPECT_EQ(store->webhooks()->size(), 1U) << "of one that nobody names and that could not go on, nothing is kept";
}

TEST_F(Room, whoever_was_erased_is_not_told_of) {
    open_room();
    apply({settings("shop")});
    consumers["shop"].rule = [](const Request&) { return Said{.status = 0}; };
    for (int i = 0; i < 40; ++i)
        say(i % 2);
    world.run_for(1min);
    store::Person person;
    person.ids = person.addresses = {address(0)};
    store->erase_person("", person, [](auto) {});
    world.run_for(1min);
    const auto before = consumers["shop"].requests.size();
    consumers["shop"].rule = [](const Request&) { return Said{}; };
    world.run_for(24h);
    for (auto i = before; i < consumers["shop"].requests.size(); ++i)
        EXPECT_EQ(consumers["shop"].requests[i].person, address(1));
    EXPECT_EQ(consumers["shop"].accepted().size(), 20U);
    EXPECT_EQ(rows("shop"), 0U);
}

TEST_F(Room, while_the_disk_is_full_it_goes_on_and_writes_later) {
    open_room();
    apply({settings("shop")});
    consumers["shop"].rule = [](const Request& each) { return Said{.status = each.person == address(1) ? 500 : 200}; };
    for (int i = 0; i < 20; ++i)
        say(i % 2);
    world.run();
    is_full = true;
    world.run_for(1min);
    EXPECT_EQ(consumers["shop"].accepted().size(), 10U);
    EXPECT_EQ(rows("shop"), 0U);
    is_full = false;
    world.run_for(10s);
    EXPECT_EQ(rows("shop"), 10U);
}

TEST_F(Room, a_stop_waits_for_answers_only_so_long_and_writes_what_it_knows) {
    open_room();
    apply({settings("shop"), settings("slow")});
    consumers["shop"].rule = [](const Request&) { return Said{.after = 300ms}; };
    consumers["slow"].rule = [](const Request&) { return Said{.after = 10s}; };
    for (int i = 0; i < 40; ++i)
        say(i);
    world.run_for(100ms);
    const auto begin = world.clock.now();
    bool is_over = false;
    deliveries->stop(1s, [&] { is_over = true; });
    ASSERT_TRUE(until([&] { return is_over; }, 1min));
    EXPECT_LE(world.clock.now() - begin, 1100ms);
    EXPECT_EQ(consumers["shop"].requests.size(), 16U) << "nothing new was begun";
    const auto states = store->webhooks().value();
    EXPECT_GT(states.at(0).cursor, 0);
    EXPECT_EQ(states.at(1).cursor, 0);
}

TEST_F(Room, metrics_tell_how_each_endpoint_does) {
    open_room();
    apply({settings("shop"), settings("down")});
    consumers["down"].rule = [](const Request&) { return Said{.status = 500}; };
    for (int i = 0; i < 5; ++i)
        say(i);
    world.run_for(1min);
    const auto text = metrics.text();
    const auto has = [&](const std::string& line) { return text.contains(line); };
    EXPECT_TRUE(has(R"(chapar_webhook_tries_total{result="accepted",webhook="shop"} 5)")) << text;
    EXPECT_TRUE(has(R"(chapar_webhook_waiting{webhook="down"} 5)")) << text;
    EXPECT_TRUE(has(R"(chapar_webhook_lag_seconds{webhook="shop"} 0)")) << text;
    EXPECT_GT(view("down").lag, 50s);
    apply({settings("shop")});
    EXPECT_FALSE(metrics.text().contains(R"(chapar_webhook_waiting{webhook="down"})"));
}

}  // namespace
}  // namespace chapar::webhook
