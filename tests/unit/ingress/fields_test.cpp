// What the policy asks of a message, as a request says it.
#include "fixture.hpp"

#include "policy/decide.hpp"

namespace chapar::ingress::test {
namespace {

class Fields : public FrontDoor {
  protected:
    static std::string with(std::string_view more) {
        std::string out(simple);
        out.pop_back();
        return out + "," + std::string(more) + "}";
    }
    /// The problem's body.
    std::string refused(std::string_view more) {
        const auto answer = post(with(more));
        EXPECT_EQ(answer.status, 422) << more << answer.body;
        return answer.body;
    }
    void channel(const std::string& name, double cost, double reach) {
        auto& now = change();
        config::RouteSettings route;
        route.name = route.channel = name;
        now.routes.push_back(route);
        now.channels.push_back({name, Money{static_cast<std::int64_t>(cost * 1e6)}, reach, false, {}});
    }
    /// Channels of the plan of the last message that was taken.
    std::string plan() {
        std::string out;
        const auto taken = control.taken();
        if (taken.empty()) return out;
        for (const auto& step : taken.back().message.plan)
            out += (out.empty() ? "" : " ") + step.channel;
        return out;
    }
};

constexpr std::string_view everywhere =
    R"({"to":{"recipient":"u1","email":"a@b.example","phone":"+989121234567"},"class":"marketing","channels":)";
constexpr std::string_view content =
    R"(,"content":{"email":{"subject":"s","text":"t","list_unsubscribe":"mailto:u@b.example"},"sms":{"text":"t"},"push":{"text":"t"},"inapp":{"text":"t"}}})";

TEST_F(Fields, they_are_taken_and_stay_in_the_stored_body) {
    open();
    const auto answer = post(with(
        R"("category":"offers","household":"h1","value":12.5,"collapse_key":"k","dedupe_key":"d","dedupe_window_ms":60000,)"
        R"("fallback_after_ms":1000,"test":true)"));
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto taken = control.taken().at(0);
    for (const auto* part : {"offers", "12.5", "\"test\":true", "\"fallback_after_ms\":1000"})
        EXPECT_NE(taken.message.body.find(part), std::string::npos) << part;
    EXPECT_EQ(taken.collapse, policy::named_scope("collapse-test", "shop", "email:sara@example.com\nk"))
        << "a test must not replace a real message";
}

TEST_F(Fields, a_phone_number_becomes_e164_by_the_country_that_is_said) {
    channel("sms", 1, 1);
    open();
    const auto sms = [](std::string_view to) {
        return R"({"to":)" + std::string(to) + R"(,"class":"marketing","content":{"sms":{"text":"t"}}})";
    };
    for (const auto& [to, number] : {std::pair(R"({"phone":"0912 123 4567"})", "+989121234567"),
                                     std::pair(R"({"phone":"98-912-1234567"})", "+989121234567"),
                                     std::pair(R"({"phone":"0151 12345678","country":"DE"})", "+4915112345678")}) {
        ASSERT_EQ(post(sms(to)).status, 202) << to;
        EXPECT_EQ(control.taken().back().message.plan.at(0).address, number);
    }
    const auto refused = post(sms(R"({"phone":"0912 123"})"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(refused.has(R"("pointer":"/to/phone")") && refused.has("this one has 6: write it whole"))
        << refused.body;
    EXPECT_TRUE(post(sms(R"({"phone":"0912 123 4567","country":"ir"})")).has("/to/country"));
    EXPECT_EQ(ask("PUT", "/v1/recipients/k", R"({"phone":"0701234567","country":"AF"})").status, 201);
    ASSERT_EQ(post(sms(R"({"recipient":"k"})")).status, 202);
    EXPECT_EQ(control.taken().back().message.plan.at(0).address, "+93701234567");
}

TEST_F(Fields, a_number_outside_of_the_allowed_destinations_is_refused_with_who_says_so) {
    channel("sms", 1, 1);
    change().policy.phone_allow = {"IR", "+49"};
    change().classes["marketing"].phone_allow = {"IR"};
    open();
    const auto send = [&](std::string_view number) {
        return post(R"({"to":{"phone":")" + std::string(number) +
                    R"("},"class":"marketing","content":{"sms":{"text":"t"}}})");
    };
    EXPECT_EQ(send("09121234567").status, 202);
    const auto abroad = send("+12125550100");
    EXPECT_EQ(abroad.status, 403);
    EXPECT_TRUE(abroad.has("destination-not-allowed") && abroad.has("/to/phone") && abroad.has("(US)")) << abroad.body;
    EXPECT_TRUE(abroad.has("[policy]"));
    EXPECT_TRUE(send("+4915112345678").has("[class.marketing]"));
}

TEST_F(Fields, a_number_that_no_route_takes_is_refused) {
    channel("sms", 1, 1);
    change().routes.back().prefixes = {"+98"};
    open();
    const auto answer = post(R"({"to":{"phone":"+4915112345678"},"class":"otp","content":{"sms":{"text":"t"}}})");
    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(answer.has("no route of sms takes +4915112345678")) << answer.body;
}

TEST_F(Fields, cheapest_first_goes_by_the_real_price_of_the_number) {
    channel("sms", 5, 1);
    channel("email", 3, 1);
    auto& now = change();
    now.routes[now.routes.size() - 2].prices = {{"+", Money{9'000'000}, ""}, {"+98912", Money{1'000'000}, ""}};
    open();
    const auto send = [&](std::string_view number) {
        return post(
            R"({"to":{"email":"a@b.example","phone":")" + std::string(number) +
            R"("},"class":"marketing","channels":"cheapest-first",)"
            R"("content":{"email":{"subject":"s","text":"t","list_unsubscribe":"mailto:u@b.example"},"sms":{"text":"t"}}})");
    };
    ASSERT_EQ(send("09121234567").status, 202);
    EXPECT_EQ(plan(), "sms email");
    ASSERT_EQ(send("09351234567").status, 202);
    EXPECT_EQ(plan(), "email sms");
}

TEST_F(Fields, a_collapse_key_is_about_a_person_when_one_is_named) {
    open();
    ASSERT_EQ(
        post(
            R"({"to":{"recipient":"u1","email":"a@b.example"},"template":"welcome","data":{"name":"x"},"collapse_key":"k"})")
            .status,
        202);
    EXPECT_EQ(control.taken().at(0).collapse, policy::named_scope("collapse", "shop", "u1\nk"));
}

TEST_F(Fields, what_is_wrong_has_its_place) {
    open();
    EXPECT_NE(refused(R"("dedupe_key":"d")").find("/dedupe_window_ms"), std::string::npos);
    EXPECT_NE(refused(R"("dedupe_window_ms":5)").find("/dedupe_key"), std::string::npos);
    EXPECT_NE(refused(R"("dedupe_key":"d","dedupe_window_ms":0)").find("/dedupe_window_ms"), std::string::npos);
    EXPECT_NE(refused(R"("dedupe_key":"d","dedupe_window_ms":"24h")").find("whole number of milliseconds"),
              std::string::npos);
    EXPECT_NE(refused(R"("fallback_after_ms":-1)").find("/fallback_after_ms"), std::string::npos);
    EXPECT_NE(refused(R"("value":"much")").find("/value"), std::string::npos);
    EXPECT_NE(refused(R"("test":1)").find("true or false"), std::string::npos);
    EXPECT_NE(refused(R"("category":"a\nb")").find("/category"), std::string::npos);
    EXPECT_NE(refused(R"("collaps_key":"k")").find("collapse_key"), std::string::npos);
    EXPECT_NE(refused(R"("at":"2030-01-31T09:30:00Z")").find("unknown member"), std::string::npos);
    EXPECT_NE(refused(R"("channels":"lunch")").find("there is no plan lunch"), std::string::npos);
    EXPECT_NE(refused(R"("channels":[])").find("at least one channel"), std::string::npos);
    EXPECT_NE(refused(R"("channels":["email","email"])").find("/channels/1"), std::string::npos);
}

TEST_F(Fields, a_plan_has_three_channels_at_most_and_a_class_may_allow_fewer) {
    for (const auto* name : {"sms", "push", "inapp"})
        channel(name, 1, 1);
    open();
    const auto send = [&](std::string_view channels) {
        return post(std::string(everywhere) + std::string(channels) + std::string(content));
    };
    EXPECT_EQ(send(R"(["push","email","sms"])").status, 202);
    EXPECT_EQ(plan(), "push email sms");
    const auto four = send(R"(["push","email","sms","inapp"])");
    EXPECT_EQ(four.status, 422);
    EXPECT_TRUE(four.has("one main channel and at most 2 behind it")) << four.body;
    change().classes["marketing"].fallback = 0;
    server->reconfigured();
    EXPECT_EQ(send(R"(["push","email"])").status, 422);
    EXPECT_EQ(send(R"(["push"])").status, 202);
}

TEST_F(Fields, named_plans_put_channels_in_order) {
    channel("sms", 120, 0.98);
    channel("push", 0.5, 0.4);
    channel("inapp", 0, 0.1);
    change().channels.push_back({"email", Money{1'000'000}, 0.7, false, {}});
    change().plans.push_back({"launch", {"push", "sms"}});
    open();
    const auto send = [&](const std::string& name) {
        const auto answer = post(std::string(everywhere) + '"' + name + '"' + std::string(content));
        EXPECT_EQ(answer.status, 202) << answer.body;
        return plan();
    };
    EXPECT_EQ(send("launch"), "push sms");
    EXPECT_EQ(send("cheapest-first"), "inapp push email");
    EXPECT_EQ(send("reach-first"), "sms email push");
}

TEST_F(Fields, a_named_plan_leaves_out_what_the_person_does_not_have) {
    channel("sms", 1, 1);
    change().channels.push_back({"email", Money{9'000'000}, 1, false, {}});
    open();
    ASSERT_EQ(
        post(
            R"({"to":{"email":"a@b.example"},"class":"marketing","channels":"cheapest-first",)"
            R"("content":{"email":{"subject":"s","text":"t","list_unsubscribe":"mailto:u@b.example"},"sms":{"text":"t"}}})")
            .status,
        202);
    EXPECT_EQ(plan(), "email");
}

}  // namespace
}  // namespace chapar::ingress::test
