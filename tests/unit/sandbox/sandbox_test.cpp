// How the sandbox acts towards each address, on a host that a test plays.
#include "../email/fake_host.hpp"
#include "manner.hpp"

#include <gtest/gtest.h>

#include <algorithm>

extern "C" const chapar_plugin* chapar_builtin_sandbox(std::uint16_t, std::uint16_t);

namespace chapar::test {
namespace {

using sandbox::Manner;
using sandbox::manner_of;

class Sandbox : public ::testing::Test {
  protected:
    static constexpr std::string_view at_once = R"({"receipt_after":0,"slow_after":0})";
    static const chapar_plugin* plugin() { return chapar_builtin_sandbox(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR); }

    /// One attempt, and the kinds of what is reported of it.
    std::string play(const std::string& address, const std::string& channel = "email", int number = 1) {
        host.results.clear();
        host.events.clear();
        Instance instance(host, plugin(), at_once);
        EXPECT_EQ(instance.status, CHAPAR_OK) << host.failure;
        TestMessage message;
        message.address = address;
        message.channel = channel;
        message.attempt = message.id + '.' + std::to_string(number);
        instance.send({&message});
        while (!host.timers.empty())
            host.run_timer();
        std::string kinds;
        for (const auto& event : host.events) {
            EXPECT_EQ(event.attempt, message.attempt);
            EXPECT_EQ(event.address, address);
            kinds += (kinds.empty() ? "" : " ") + event.kind;
        }
        return kinds;
    }
    Verdict verdict() const { return host.results.at(0).verdict; }
    std::string code() const { return host.results.at(0).code; }

    chapar_host host;
};

TEST_F(Sandbox, whoever_is_no_magic_address_gets_it) {
    for (const auto* address :
         {"sara@example.com", "bounces@example.com", "no-bounce@example.com", "a+bounce@b.ir", "bounce.x@example.com",
          "u-17", "+989121234567", "+14155550101", "+98997000000", "+989970000001234"}) {
        EXPECT_EQ(play(address), "delivered") << address;
        EXPECT_EQ(verdict(), Verdict::accepted) << address;
    }
}

TEST_F(Sandbox, a_copy_to_nobody_is_refused_and_the_mail_goes) {
    Instance instance(host, plugin(), at_once);
    TestMessage message;
    message.copies = {{"b@example.com", "/cc/0"}, {"reject@example.com", "/bcc/0", true}};
    instance.send({&message});
    EXPECT_EQ(verdict(), Verdict::accepted);
    EXPECT_TRUE(host.results.at(0).detail.ends_with("; without /bcc/0: 550 5.1.1 sandbox: there is no such address"))
        << host.results.at(0).detail;
}

TEST_F(Sandbox, a_magic_address_has_any_domain_any_case_and_any_tag) {
    for (const auto* address : {"bounce@example.com", "BOUNCE@Example.IR", "Bounce+order-17@xn--mgba3a4f16a.ir",
                                "bounce", "bounce+user", "bounced@a.ir", "hard-bounce@a.ir", "bounce+a+b@c.ir"})
        EXPECT_EQ(manner_of(address), Manner::bounce) << address;
}

TEST_F(Sandbox, what_comes_back_is_taken_first) {
    EXPECT_EQ(play("bounce@example.com"), "bounced");
    EXPECT_EQ(verdict(), Verdict::accepted);
    EXPECT_EQ(host.events.at(0).code, "550 5.1.1");
    EXPECT_EQ(play("full@example.com"), "bounced");
    EXPECT_EQ(host.events.at(0).code, "552 5.2.2");
    EXPECT_EQ(play("soft-bounce@example.com"), "bounced");
    EXPECT_EQ(play("+989970000001", "sms"), "failed");
    EXPECT_EQ(play("+447700900002", "sms"), "failed");
    EXPECT_EQ(host.events.at(0).code, "unreachable");
}

TEST_F(Sandbox, a_deferral_is_over_with_the_third_attempt) {
    for (const int number : {1, 2}) {
        EXPECT_EQ(play("defer@example.com", "email", number), "");
        EXPECT_EQ(verdict(), Verdict::retry);
        EXPECT_EQ(code(), "451 4.7.1");
        EXPECT_EQ(host.results.at(0).blame, Blame::recipient) << "neither a lane nor a provider may rest for it";
    }
    EXPECT_EQ(play("defer@example.com", "email", 3), "delivered");
    EXPECT_EQ(verdict(), Verdict::accepted);
}

TEST_F(Sandbox, a_refusal_comes_at_once_and_nothing_after_it) {
    for (const auto* address : {"reject@example.com", "rejected@example.com", "block@example.com", "blocked@a.ir"}) {
        EXPECT_EQ(play(address), "") << address;
        EXPECT_EQ(verdict(), Verdict::rejected) << address;
        EXPECT_TRUE(code().starts_with("55")) << code();
    }
    EXPECT_EQ(play("+989970000005", "sms"), "");
    EXPECT_EQ(verdict(), Verdict::rejected);
    EXPECT_EQ(code(), CHAPAR_BLOCKED_BY_OPERATOR);
}

TEST_F(Sandbox, the_person_speaks_after_the_delivery) {
    EXPECT_EQ(play("complain@example.com"), "delivered complained");
    EXPECT_EQ(play("+989970000008", "sms"), "delivered unsubscribed");
    EXPECT_EQ(host.events.at(1).detail, "STOP");
    EXPECT_EQ(play("stop@example.com"), "delivered unsubscribed");
    EXPECT_EQ(play("reply@example.com"), "delivered inbound");
}

TEST_F(Sandbox, silence_and_doubt_report_nothing) {
    EXPECT_EQ(play("silent@example.com"), "");
    EXPECT_EQ(verdict(), Verdict::accepted);
    EXPECT_EQ(play("doubt@example.com"), "");
    EXPECT_EQ(verdict(), Verdict::unknown);
}

TEST_F(Sandbox, the_numbers_act_in_the_order_of_the_table) {
    const Manner expected[] = {Manner::delivered,    Manner::bounce,  Manner::full,   Manner::deferred,
                               Manner::rejected,     Manner::blocked, Manner::slow,   Manner::complaint,
                               Manner::unsubscribed, Manner::reply,   Manner::silent, Manner::doubt,
                               Manner::delivered};
    for (const std::string prefix : {"+9899700000", "+4477009000"}) {
        for (std::size_t i = 0; i < std::size(expected); ++i) {
            const auto number = prefix + (i < 10 ? "0" : "") + std::to_string(i);
            EXPECT_EQ(manner_of(number), expected[i]) << number;
        }
    }
}

TEST_F(Sandbox, reports_wait_as_long_as_the_settings_say) {
    Instance instance(host, plugin(), R"({"receipt_after":60000,"slow_after":600000})");
    TestMessage slow, usual;
    slow.address = "slow@example.com";
    instance.send({&slow});
    ASSERT_EQ(host.timers.size(), 1U);
    EXPECT_GT(host.timers.front().after_ms, 500'000U);
    instance.send({&usual});
    ASSERT_EQ(host.timers.size(), 1U) << "one timer, for the report that is due first";
    EXPECT_LE(host.timers.front().after_ms, 60'000U);
    EXPECT_GT(host.timers.front().after_ms, 1'000U);
    EXPECT_TRUE(host.events.empty());
}

TEST_F(Sandbox, an_instance_that_ends_reports_all_at_once) {
    Instance instance(host, plugin(), R"({"receipt_after":60000,"slow_after":600000})");
    TestMessage slow, usual;
    slow.address = "slow@example.com";
    instance.send({&slow, &usual});
    instance.drain();
    EXPECT_EQ(host.events.size(), 2U);
    EXPECT_TRUE(host.timers.empty()) << "a timer would hold the instance";
}

TEST_F(Sandbox, a_report_that_could_not_be_kept_comes_again) {
    Instance instance(host, plugin(), at_once);
    host.keeps_events = false;
    TestMessage message;
    instance.send({&message});
    ASSERT_EQ(host.timers.size(), 1U);
    host.run_timer();
    ASSERT_EQ(host.events.size(), 1U);
    ASSERT_EQ(host.timers.size(), 1U) << "it is tried again";
    host.keeps_events = true;
    instance.drain();
    ASSERT_EQ(host.events.size(), 2U);
    EXPECT_EQ(host.events.at(0).dedupe_key, host.events.at(1).dedupe_key) << "so that a repeat changes nothing";
}

}  // namespace
}  // namespace chapar::test
