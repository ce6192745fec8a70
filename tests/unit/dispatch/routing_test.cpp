// Which route a message takes, and what its trace says of it and of its cost.
#include <algorithm>
#include <array>
#include <set>

#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Reason;
using model::State;
using model::Verdict;

class RoutingTest : public DispatchTest {
  protected:
    std::shared_ptr<FakeInstance> sms_route(const std::string& name, const char* price,
                                            std::vector<std::string> prefixes = {}) {
        auto instance = add_route(name);
        instance->answer = [](const auto&) { return outcome(Verdict::accepted); };
        auto& route = specs.back().settings;
        route.channel = "sms";
        route.prefixes = std::move(prefixes);
        route.prices.push_back({"+", *parse_money(price), ""});
        return instance;
    }
    /// As the daemon starts: the settings name the same routes.
    void go() {
        for (const auto& spec : specs)
            settings.routes.push_back(spec.settings);
        start();
    }
    MessageId send(const std::string& number, const std::string& text = "hi", const std::string& from = "",
                   const std::string& class_name = "otp") {
        auto one = message(class_name);
        one.plan = {{"sms", number, "", "", "en"}};
        one.body = R"({"to":{"phone":")" + number + R"("},"content":{"sms":{"text":")" + text + '"' +
                   (from.empty() ? "" : R"(,"from":")" + from + '"') + "}}}";
        return enqueue({std::move(one)}).front();
    }
    std::string detail(MessageId id, Reason reason) {
        for (const auto& entry : model::decode_trace(record(id).progress.trace))
            if (entry.reason == reason) return entry.detail;
        return {};
    }
    void by_price() { settings.channels.push_back({"sms", Money{}, 1, true, {}}); }
};

TEST_F(RoutingTest, a_number_leaves_by_a_route_that_takes_its_prefix) {
    auto home = sms_route("home", "1200", {"+98"});
    auto abroad = sms_route("abroad", "9000", {"+49", "+44"});
    go();
    const auto german = send("+4915112345678"), iranian = send("+989121234567");
    ASSERT_TRUE(until([&] { return state(german) == State::sent && state(iranian) == State::sent; }));
    EXPECT_EQ(home->seen.at(0).address, "+989121234567");
    EXPECT_EQ(abroad->seen.at(0).address, "+4915112345678");
    EXPECT_EQ(detail(german, Reason::routed), "abroad, the first that takes it; home does not take it");
}

TEST_F(RoutingTest, what_no_healthy_route_takes_waits_and_holds_nobody_up) {
    sms_route("home", "1200", {"+98"});
    go();
    const auto lost = send("+4915112345678"), iranian = send("+989121234567");
    ASSERT_TRUE(until([&] { return state(iranian) == State::sent; }));
    EXPECT_EQ(state(lost), State::waiting);
    ASSERT_TRUE(until([&] { return !detail(lost, Reason::no_route).empty(); }));
}

TEST_F(RoutingTest, the_cheapest_healthy_route_goes_first_and_its_neighbour_takes_over) {
    by_price();
    auto dear = sms_route("dear", "1500");
    auto cheap = sms_route("cheap", "1200");
    go();
    const auto first = send("+989121234567");
    ASSERT_TRUE(until([&] { return state(first) == State::sent; }));
    EXPECT_EQ(cheap->count(), 1U);
    EXPECT_EQ(detail(first, Reason::routed), "cheap, the cheapest at 1200 IRR; dear at 1500 IRR");
    cheap->answer = [](const auto&) { return outcome(Verdict::retry, model::Blame::provider); };
    const auto second = send("+989121234567");
    ASSERT_TRUE(until([&] { return state(second) == State::sent; }));
    EXPECT_EQ(dear->count(), 1U);
}

TEST_F(RoutingTest, a_message_leaves_by_a_route_that_carries_its_class_as_its_sender) {
    auto service = sms_route("service", "1200"), adverts = sms_route("adverts", "1200");
    specs[0].settings.lines = {"2000=otp", "Shop=otp"};
    specs[1].settings.lines = {"3000=marketing", "+982100=marketing,otp"};
    go();
    const std::string number = "+989121234567";
    const auto code = send(number), offer = send(number, "offer", "", "marketing");
    const auto named = send(number, "code", "982100"), shop = send(number, "code", "Shop");
    const auto stray = send(number, "offer", "Shop", "marketing");
    ASSERT_TRUE(until([&] {
        return std::ranges::all_of(std::array{code, offer, named, shop},
                                   [&](auto id) { return state(id) == State::sent; });
    }));
    const auto senders = [](const FakeInstance& instance) {
        std::multiset<std::string> out;
        for (const auto& each : instance.seen)
            for (const auto& [name, part] : each.content)
                if (name == "from") out.insert(each.class_name + ' ' + part);
        return out;
    };
    EXPECT_EQ(senders(*service), (std::multiset<std::string>{"otp 2000", "otp Shop"}));
    EXPECT_EQ(senders(*adverts), (std::multiset<std::string>{"marketing 3000", "otp +982100"}));
    EXPECT_EQ(detail(named, Reason::routed), "adverts, the first that takes it; service does not take it");
    ASSERT_TRUE(until([&] { return !detail(stray, Reason::no_route).empty(); }));
    EXPECT_EQ(detail(stray, Reason::no_route), "no route of sms that takes +989121234567 as Shop can send now");
    EXPECT_EQ(state(stray), State::waiting) << "no advertising by a service line";
}

TEST_F(RoutingTest, advertising_does_not_fail_over_to_a_service_line) {
    auto adverts = sms_route("adverts", "1200"), service = sms_route("service", "1200");
    specs[0].settings.lines = {"3000=marketing"};
    specs[1].settings.lines = {"2000=otp"};
    adverts->answer = [](const auto&) { return outcome(Verdict::retry, model::Blame::provider); };
    go();
    const auto offer = send("+989121234567", "offer", "", "marketing");
    ASSERT_TRUE(until([&] { return adverts->count() >= 2; }));
    EXPECT_TRUE(until([&] { return state(offer) == State::waiting; }));
    EXPECT_EQ(service->count(), 0U);
}

TEST_F(RoutingTest, an_attempt_knows_what_it_costs_and_what_was_billed) {
    auto home = sms_route("home", "1199.5");
    home->answer = [](const auto&) {
        auto out = outcome(Verdict::accepted);
        out.cost = "2500 IRR";
        return out;
    };
    go();
    const auto id = send("+989121234567", std::string(161, 'a'));
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    EXPECT_EQ(detail(id, Reason::estimated), "attempt 1: 2 segments, 2399 IRR");
    EXPECT_EQ(detail(id, Reason::billed), "attempt 1: 2500 IRR");
}

TEST_F(RoutingTest, pumping_ends_at_the_cap_of_its_number_range_and_the_rest_goes_on) {
    sms_route("home", "1000");
    config::CapSettings cap;
    cap.name = "pumping";
    cap.match.classes = {"otp"};
    cap.scope = config::CapSettings::Scope::prefix;
    cap.prefix_digits = 6;
    cap.count_by = config::CapSettings::CountBy::cost;
    cap.limit = 5000;
    cap.alarm = 0.6;
    cap.over = config::CapSettings::Over::drop;
    settings.caps.push_back(cap);
    go();
    std::vector<MessageId> attack;
    for (int i = 0; i < 40; ++i)
        attack.push_back(send("+8821612345" + std::to_string(10 + i)));
    const auto honest = send("+989121234567");
    const auto in = [&](State wanted) {
        return std::count_if(attack.begin(), attack.end(), [&](const auto& id) { return state(id) == wanted; });
    };
    ASSERT_TRUE(until([&] { return in(State::sent) + in(State::suppressed) == 40 && state(honest) == State::sent; }));
    EXPECT_EQ(in(State::sent), 5) << "5000 at 1000 each";
    const auto metrics = registry.text();
    EXPECT_NE(metrics.find(R"(cap_alarms_total{cap="pumping",reached="no"} 1)"), std::string::npos) << metrics;
    EXPECT_NE(metrics.find(R"(cap_alarms_total{cap="pumping",reached="yes"} 35)"), std::string::npos);
    const auto& cost = registry.counter("cost_estimated_total", "", {{"route", "home"}, {"currency", "IRR"}});
    EXPECT_EQ(cost.value(), 6000) << metrics;
}

/// A real route and the sandbox; what each of them was given.
class TestsAndOthers : public RoutingTest {
  protected:
    void open() {
        real = add_route("smtp");
        real->answer = [](const auto&) { return outcome(Verdict::accepted); };
        settings.routes.push_back(specs.back().settings);
        sandbox = add_route("sandbox");
        specs.back().settings.channel = model::sandbox_name;
        sandbox->answer = [this](const auto&) { return says; };
        start();
    }
    model::Message test_message(bool is_marked = true) {
        auto out = message("otp", "bounce@example.com");
        out.plan.front().is_test = is_marked;
        out.body.insert(out.body.size() - 1, R"(,"test":true)");
        return out;
    }
    std::string channels_of(const std::shared_ptr<FakeInstance>& instance) {
        std::string out;
        for (const auto& each : instance->seen)
            out += each.channel + ' ';
        return out;
    }
    model::Outcome says = outcome(Verdict::accepted);
    std::shared_ptr<FakeInstance> real, sandbox;
};

TEST_F(TestsAndOthers, a_test_goes_to_the_sandbox_and_a_message_never) {
    open();
    const auto tried = enqueue({test_message()}).front();
    const auto meant = enqueue({message("otp")}).front();
    ASSERT_TRUE(until([&] { return state(tried) == State::sent && state(meant) == State::sent; }));
    EXPECT_EQ(sandbox->count(), 1U);
    EXPECT_EQ(real->count(), 1U);
    EXPECT_EQ(channels_of(sandbox), "email ") << "the plugin sees the channel that the message is for";
    EXPECT_EQ(record(tried).attempts.at(0).route, "sandbox");
    EXPECT_EQ(record(tried).attempts.at(0).channel, "email");
}

TEST_F(TestsAndOthers, a_test_that_an_earlier_version_accepted_goes_to_the_sandbox_too) {
    open();
    const auto tried = enqueue({test_message(false)}).front();
    ASSERT_TRUE(until([&] { return state(tried) == State::sent; }));
    EXPECT_EQ(sandbox->count(), 1U);
    EXPECT_EQ(real->count(), 0U);
}

TEST_F(TestsAndOthers, a_word_test_in_the_data_makes_no_test) {
    open();
    auto one = message("otp");
    one.body.insert(one.body.size() - 1, R"(,"data":{"test":true},"tags":["test"])");
    const auto meant = enqueue({std::move(one)}).front();
    ASSERT_TRUE(until([&] { return state(meant) == State::sent; }));
    EXPECT_EQ(real->count(), 1U);
    EXPECT_EQ(sandbox->count(), 0U);
}

TEST_F(TestsAndOthers, without_a_sandbox_a_test_waits_and_goes_nowhere) {
    real = add_route("smtp");
    real->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    const auto tried = enqueue({test_message()}).front(), unmarked = enqueue({test_message(false)}).front();
    const auto meant = enqueue({message("otp")}).front();
    ASSERT_TRUE(until([&] { return state(meant) == State::sent; }));
    EXPECT_EQ(state(tried), State::waiting);
    EXPECT_EQ(state(unmarked), State::waiting);
    EXPECT_EQ(real->count(), 1U);
}

TEST_F(TestsAndOthers, its_next_channel_is_the_sandbox_as_well) {
    says = outcome(Verdict::rejected);
    open();
    auto one = test_message();
    one.plan.push_back({"sms", "+989970000004", "", "", "en", true});
    one.body =
        R"({"to":{"email":"a@example.com"},"test":true,"content":{"email":{"subject":"s","text":"t"},"sms":{"text":"t"}}})";
    const auto tried = enqueue({std::move(one)}).front();
    ASSERT_TRUE(until([&] { return state(tried) == State::failed; }));
    EXPECT_EQ(channels_of(sandbox), "email sms ");
    EXPECT_EQ(real->count(), 0U);
}

TEST_F(TestsAndOthers, what_the_sandbox_says_of_an_address_is_remembered_of_nobody) {
    says = {Verdict::rejected, model::Blame::gone, {}, {}, "550 5.1.1", "no such user"};
    open();
    const auto tried = enqueue({test_message()}).front();
    ASSERT_TRUE(until([&] { return state(tried) == State::failed; }));
    says.blame = model::Blame::recipient;
    says.code = model::blocked_code;
    auto sms = test_message();
    sms.plan = {{"sms", "+989970000005", "", "", "en", true}};
    sms.body = R"({"to":{"phone":"+989970000005"},"test":true,"content":{"sms":{"text":"t"}}})";
    const auto blocked = enqueue({std::move(sms)}).front();
    ASSERT_TRUE(until([&] { return state(blocked) == State::blocked_by_operator; }));
    const auto kept = store->suppressions("", "", 100);
    ASSERT_TRUE(kept.has_value());
    EXPECT_TRUE(kept->empty());
}

TEST_F(TestsAndOthers, a_deferral_of_the_sandbox_waits_as_long_as_it_says) {
    settings.classes["otp"].backoff = {Milliseconds{3'600'000}, Milliseconds{3'600'000}};
    says = outcome(Verdict::retry);
    says.retry_after = Milliseconds{10};
    open();
    const auto tried = enqueue({test_message()}).front();
    ASSERT_TRUE(until([&] { return sandbox->count() >= 2; })) << "an hour of the class's backoff was waited for";
    says = outcome(Verdict::accepted);
    ASSERT_TRUE(until([&] { return state(tried) == State::sent; }));
}

}  // namespace
}  // namespace chapar::dispatch
