#include "world.hpp"

namespace chapar::webhook {
namespace {

using Ids = std::vector<std::string>;

TEST_F(Room, an_endpoint_gets_what_comes_after_it_was_made_signed_and_in_order) {
    open_room();
    say(1);
    world.run();
    apply({settings("shop")});
    for (int i = 0; i < 40; ++i)
        say(i % 4);
    ASSERT_TRUE(until([&] { return consumers["shop"].requests.size() >= 40; }, 10s));
    world.run_for(1min);
    const auto all = fed();
    EXPECT_EQ(consumers["shop"].accepted().size(), 40U);
    for (int person = 0; person < 4; ++person) {
        auto expected = fed(address(person));
        std::erase(expected, all.front());
        EXPECT_EQ(consumers["shop"].accepted(address(person)), expected);
    }
    const auto& one = consumers["shop"].requests.front();
    EXPECT_EQ(one.type, "message.inbound");
    EXPECT_EQ(one.url, "https://shop.example/hooks");
    EXPECT_TRUE(one.signature.starts_with("v1,"));
    EXPECT_EQ(view("shop").waiting, 0);
    EXPECT_EQ(view("shop").behind, 0);
    EXPECT_EQ(view("shop").lag, 0ms);
    EXPECT_EQ(rows("shop"), 0U);
    EXPECT_EQ(store->webhooks()->at(0).cursor, store->feed_end().value());
}

TEST_F(Room, types_that_were_not_asked_for_are_passed) {
    open_room();
    auto shop = settings("shop");
    shop.events = {"message.unsubscribed", "endpoint.*"};
    auto bank = settings("bank");
    bank.application = "bank";
    apply({shop, bank});
    for (int i = 0; i < 600; ++i)
        say(i, i % 100 == 0 ? "unsubscribed" : "inbound");
    world.run_for(1min);
    EXPECT_EQ(consumers["shop"].accepted().size(), 6U);
    EXPECT_TRUE(consumers["bank"].requests.empty()) << "they are of no application";
    EXPECT_EQ(view("bank").behind, 0);
}

TEST_F(Room, a_slow_endpoint_delays_nobody_else) {
    open_room();
    apply({settings("slow"), settings("down"), settings("shop")});
    consumers["slow"].rule = [](const Request&) { return Said{.after = 14s}; };
    consumers["down"].rule = [](const Request&) { return Said{.status = 0, .after = 1h}; };
    const auto begin = world.clock.now();
    for (int i = 0; i < 500; ++i)
        say(i);
    ASSERT_TRUE(until([&] { return consumers["shop"].taken.size() == 500; }, 10s));
    EXPECT_LT(world.clock.now() - begin, 2s);
    ASSERT_TRUE(until([&] { return consumers["slow"].taken.size() == 500; }, 1h));
    EXPECT_LE(most_in_flight["slow"], 16);
    EXPECT_EQ(view("slow").failed, 0);
}

/// F50: away for an hour, then slow, then 500, then well. Nothing is lost, and what is kept of it is bounded.
TEST_F(Room, a_consumer_that_is_down_then_slow_then_broken_loses_nothing) {
    open_room();
    apply({settings("shop")});
    const auto begin = world.clock.now();
    consumers["shop"].rule = [&](const Request&) -> Said {
        const auto now = world.clock.now() - begin;
        if (now < 1h) return {.status = 0};
        if (now < 1h + 20min) return {.after = random() % 2 == 0 ? Milliseconds(40s) : Milliseconds(3s)};
        if (now < 2h) return {.status = 500};
        return {.status = random() % 10 == 0 ? 503 : 200};
    };
    std::size_t most_rows = 0;
    for (int i = 0; i < 150; ++i) {
        for (int j = 0; j < 40; ++j)
            say(static_cast<int>(random() % 100));
        world.run_for(1min);
        most_rows = std::max(most_rows, rows("shop"));
    }
    EXPECT_GT(most_rows, 2'000U);
    EXPECT_LE(most_rows, 10'000U);
    ASSERT_TRUE(until([&] { return consumers["shop"].taken.size() == 6'000; }, 120h)) << view("shop").waiting;
    for (int person = 0; person < 100; ++person)
        ASSERT_EQ(consumers["shop"].accepted(address(person)), fed(address(person)));
    world.run_for(1min);
    EXPECT_EQ(rows("shop"), 0U);
    EXPECT_EQ(view("shop").given_up, 0);
    EXPECT_EQ(view("shop").missed, 0);
}

TEST_F(Room, the_order_holds_and_nothing_is_lost_when_it_dies_with_failures_under_way) {
    for (const std::string order : {"none", "person", "strict"}) {
        store.reset();
        place.~MemoryPlace();
        new (&place) store::MemoryPlace();
        drop_answers();
        consumers.clear();
        open_store();
        open_room();
        auto shop = settings("shop", order);
        shop.retries = {"100ms", "200ms", "300ms", "400ms",  "500ms",  "600ms", "700ms",
                        "800ms", "900ms", "1s",    "1100ms", "1200ms", "1300ms"};
        apply({shop});
        consumers["shop"].rule = [&](const Request&) -> Said {
            return {.status = random() % 10 < 3 ? 500 : 200, .after = Milliseconds(1 + random() % 30)};
        };
        for (int i = 0; i < 40; ++i) {
            for (int j = 0; j < 30; ++j)
                say(static_cast<int>(random() % 25));
            world.run_for(Milliseconds(random() % 900));
            if (i % 4 != 3) continue;
            while (store::MemoryPlace::step(*store)) {
            }  // what people said is known
            crash();
            apply({shop});
        }
        const auto all = fed();
        ASSERT_TRUE(until([&] { return consumers["shop"].taken.size() == all.size(); }, 10h)) << order;
        if (order == "strict") {
            ASSERT_EQ(consumers["shop"].accepted(), all);
        }
        for (int person = 0; person < 25 && order == "person"; ++person)
            ASSERT_EQ(consumers["shop"].accepted(address(person)), fed(address(person)));
        EXPECT_EQ(view("shop").given_up, 0) << order;
        deliveries.reset();
    }
}

TEST_F(Room, one_who_wants_nothing_more_is_disabled_and_others_are_told) {
    open_room();
    apply({settings("shop"), settings("ops")});
    consumers["shop"].rule = [](const Request&) { return Said{.status = 410}; };
    say(1);
    say(2);
    world.run_for(1min);
    EXPECT_EQ(view("shop").state, "disabled");
    EXPECT_TRUE(view("shop").why.contains("410"));
    const auto tried = consumers["shop"].requests.size();
    for (int i = 0; i < 5; ++i)
        say(1);
    world.run_for(1h);
    EXPECT_EQ(consumers["shop"].requests.size(), tried);
    const auto& told = consumers["ops"].requests;
    const auto of_it = [](const Request& each) { return each.type == "endpoint.disabled"; };
    EXPECT_EQ(std::ranges::count_if(told, of_it), 1);
    EXPECT_TRUE(std::ranges::find_if(told, of_it)->body.contains(R"("code":"shop")"));
    crash();
    apply({settings("shop"), settings("ops")});
    EXPECT_EQ(view("shop").state, "disabled") << "that outlives the daemon";
    consumers["shop"].rule = [](const Request&) { return Said{}; };
    bool is_enabled = false;
    deliveries->enable("shop", [&](const Result<View>& done) { is_enabled = done && done->state == "sending"; });
    EXPECT_TRUE(is_enabled);
    world.run_for(1min);
    EXPECT_EQ(consumers["shop"].accepted().size(), fed().size());
    EXPECT_EQ(consumers["shop"].accepted(address(1)), fed(address(1)));
}

TEST_F(Room, five_days_without_a_success_disable_it_and_nothing_of_them_is_lost) {
    open_room();
    apply({settings("shop"), settings("ops")});
    consumers["shop"].rule = [](const Request&) { return Said{.status = 500}; };
    for (int hour = 0; hour < 5 * 24 + 30; ++hour) {
        EXPECT_TRUE(hour >= 119 || view("shop").state != "disabled") << hour;
        say(hour % 7);
        world.run_for(1h);
    }
    EXPECT_EQ(view("shop").state, "disabled");
    EXPECT_EQ(view("shop").given_up, 0) << "it was the endpoint that was away, not one event";
    consumers["shop"].rule = [](const Request&) { return Said{}; };
    deliveries->enable("shop", [](const Result<View>&) {});
    world.run_for(1h);
    EXPECT_EQ(consumers["shop"].accepted().size(), fed().size());
}

TEST_F(Room, an_event_that_alone_is_never_taken_is_given_up_after_its_tries_and_its_person_goes_on) {
    open_room();
    apply({settings("shop")});
    std::string poison;
    consumers["shop"].rule = [&](const Request& each) { return Said{.status = each.id == poison ? 500 : 200}; };
    say(1);
    world.run();
    poison = fed().back();
    say(1);
    for (int hour = 0; hour < 100; ++hour) {
        say(2);
        world.run_for(1h);
    }
    EXPECT_EQ(view("shop").given_up, 1);
    const auto tries = std::ranges::count(consumers["shop"].requests, poison, &Request::id);
    EXPECT_EQ(tries, engage::webhook_tries);
    EXPECT_EQ(consumers["shop"].accepted(address(1)).size(), 1U) << "the later one of its person";
    EXPECT_EQ(consumers["shop"].accepted(address(2)).size(), 100U);
    EXPECT_EQ(view("shop").state, "sending");
}

TEST_F(Room, one_who_asks_for_less_gets_less_and_is_left_alone_as_long_as_it_says) {
    open_room();
    apply({settings("shop")});
    consumers["shop"].rule = [](const Request&) { return Said{.status = 429, .headers = {{"retry-after", "600"}}}; };
    for (int i = 0; i < 100; ++i)
        say(i);
    world.run_for(5min);
    const auto asked = consumers["shop"].requests.size();
    EXPECT_LE(asked, 16U);
    EXPECT_EQ(view("shop").state, "resting");
    consumers["shop"].rule = [](const Request&) { return Said{.after = 1s}; };
    in_flight.clear();
    most_in_flight.clear();
    ASSERT_TRUE(until([&] { return consumers["shop"].requests.size() > asked; }, 1h));
    EXPECT_LE(most_in_flight["shop"], 2) << "and begins again with one";
    ASSERT_TRUE(until([&] { return consumers["shop"].taken.size() == 100; }, 1h));
}

TEST_F(Room, what_waited_for_an_endpoint_goes_when_it_is_there_again) {
    open_room();
    apply({settings("shop")});
    consumers["shop"].rule = [](const Request&) { return Said{.status = 0}; };
    for (int i = 0; i < 50; ++i)
        say(i);
    world.run_for(3h);  // its next tries are hours away
    consumers["shop"].rule = [](const Request&) { return Said{}; };
    say(99);
    ASSERT_TRUE(until([&] { return consumers["shop"].taken.size() == 51; }, 10s));
}

}  // namespace
}  // namespace chapar::webhook
