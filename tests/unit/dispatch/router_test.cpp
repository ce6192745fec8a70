// The router alone: which route goes first, and what stays of a route that a reload changes.

#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

class RouterTest : public RoomTest {
  protected:
    void sms(const std::string& name, const char* price, std::vector<std::string> prefixes = {}) {
        add_route(name);
        auto& route = specs.back().settings;
        route.channel = "sms";
        route.prefixes = std::move(prefixes);
        route.prices.push_back({"+", *parse_money(price), ""});
    }
    queue::ItemPtr text(const std::string& number = "+989121234567") {
        auto one = message("otp");
        one.plan = {{"sms", number, "", "", "en"}};
        return item(one);
    }
    std::string best(const queue::Item& one, const Route* except = nullptr) {
        const auto found = router.best(one, except);
        return found ? found->settings().name : "none";
    }
};

TEST_F(RouterTest, the_first_healthy_route_in_order_is_the_primary) {
    add_route("first");
    add_route("second");
    furnish();
    EXPECT_TRUE(router.is_primary(route(0), "otp"));
    EXPECT_FALSE(router.is_primary(route(1), "otp"));
    fail_provider(route(0));
    EXPECT_TRUE(router.is_primary(route(1), "otp"));
    EXPECT_EQ(best(*item("otp")), "second");
    clock.advance(queue::Circuit::first_rest);
    EXPECT_FALSE(router.is_primary(route(1), "otp")) << "its rest is over: the first one is tried";
}

TEST_F(RouterTest, a_route_that_does_not_serve_a_class_is_passed_over) {
    add_route("first");
    add_route("second");
    specs[0].settings.classes = {"otp"};
    furnish();
    EXPECT_TRUE(router.is_primary(route(0), "otp"));
    EXPECT_TRUE(router.is_primary(route(1), "marketing"));
    EXPECT_EQ(best(*item("marketing")), "second");
}

TEST_F(RouterTest, no_route_is_best_when_all_are_paused_or_none_carries_the_channel) {
    add_route("only");
    furnish();
    EXPECT_EQ(best(*text()), "none");
    EXPECT_EQ(best(*item("otp"), &route()), "none") << "the only one is left out";
    route().pause("maintenance");
    EXPECT_EQ(best(*item("otp")), "none");
}

TEST_F(RouterTest, by_price_the_cheapest_goes_first_and_of_equals_the_first) {
    settings.channels.push_back({"sms", Money{}, 1, true, {}});
    sms("dear", "1500");
    sms("cheap", "1200");
    sms("also cheap", "1200");
    furnish();
    EXPECT_TRUE(router.chooses("sms"));
    EXPECT_TRUE(router.has_choice("sms"));
    EXPECT_EQ(best(*text()), "cheap");
    fail_provider(route(1));
    EXPECT_EQ(best(*text()), "also cheap");
    EXPECT_EQ(router.why(route(2), *text()),
              "also cheap, the cheapest at 1200 IRR; dear at 1500 IRR; cheap rests, its provider fails");
}

TEST_F(RouterTest, a_prefix_decides_and_the_reason_says_so) {
    sms("home", "1200", {"+98"});
    sms("abroad", "9000", {"+49"});
    furnish();
    const auto german = text("+4915112345678");
    EXPECT_EQ(best(*german), "abroad");
    EXPECT_EQ(router.why(route(1), *german), "abroad, the first that takes it; home does not take it");
    EXPECT_EQ(best(*text("+15551234567")), "none");
}

TEST_F(RouterTest, a_route_whose_receipts_do_not_come_goes_last) {
    add_route("first");
    add_route("second");
    specs[0].settings.receipts_within = Milliseconds{60'000};
    specs[0].settings.receipts_missing = 0.5;
    furnish();
    for (int i = 0; i < queue::ReceiptWatch::fewest; ++i)
        route(0).receipts().taken(ids.next().key(), clock.monotonic());
    clock.advance(Milliseconds{61'000});
    EXPECT_TRUE(route(0).look_at_receipts(clock.monotonic()).is_slow);
    EXPECT_FALSE(router.is_primary(route(0), "otp"));
    EXPECT_EQ(best(*item("otp")), "second");
    route(1).pause("");
    EXPECT_EQ(best(*item("otp")), "first") << "better than none";
    EXPECT_TRUE(router.is_primary(route(0), "otp"));
}

TEST_F(RouterTest, a_reload_keeps_what_a_route_learnt_and_a_new_instance_ends_its_rest) {
    add_route("kept");
    add_route("renewed");
    furnish();
    fail_provider(route(0));
    fail_provider(route(1));
    const auto old = specs[1].instance;
    specs[1].instance = std::make_shared<FakeInstance>("renewed");
    const auto left = router.replace(specs);
    ASSERT_EQ(left.instances.size(), 1U);
    EXPECT_EQ(left.instances[0], old);
    EXPECT_FALSE(route(0).is_healthy(clock.monotonic()));
    EXPECT_TRUE(route(1).is_healthy(clock.monotonic())) << "one message tries it";
}

TEST_F(RouterTest, a_route_that_leaves_gives_back_what_is_parked_in_order) {
    add_route("a");
    furnish();
    const auto gone = router.routes()[0];
    std::vector<MessageId> parked;
    for (int i = 0; i < 3; ++i) {
        auto one = item("otp");
        parked.push_back(one->queued.message.id);
        Lane& lane = gone->lane(*one);
        gone->park(lane, std::move(one));
    }
    const auto left = router.replace({});
    EXPECT_TRUE(gone->has_left());
    EXPECT_EQ(left.instances, (std::vector<std::shared_ptr<plugin::Instance>>{gone->shared_instance()}));
    ASSERT_EQ(left.parked.size(), 3U);
    for (std::size_t i = 0; i < parked.size(); ++i)
        EXPECT_EQ(left.parked[i]->queued.message.id, parked[i]);
    EXPECT_EQ(router.find("a"), nullptr);
}

TEST_F(RouterTest, a_rest_lasts_at_most_half_the_life_of_what_the_route_carries) {
    add_route("a");
    settings.classes["otp"].max_age = std::chrono::seconds(2);
    furnish();
    fail_provider(route());
    clock.advance(std::chrono::milliseconds(999));
    EXPECT_FALSE(route().is_healthy(clock.monotonic()));
    clock.advance(std::chrono::milliseconds(1));
    EXPECT_TRUE(route().is_healthy(clock.monotonic()));
}

}  // namespace
}  // namespace chapar::dispatch
