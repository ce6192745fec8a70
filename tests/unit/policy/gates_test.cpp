// Consent, suppression, expiry, dedupe and the walk along the plan.
#include "world.hpp"

namespace chapar::policy::test {
namespace {

using model::ConsentState;
using model::Reason;

class Gates : public World {
  protected:
    void say(std::string channel, std::string topic, ConsentState state, Timestamp at) {
        ledger.said.push_back({"shop", "ali", std::move(channel), std::move(topic), state, "form", "", at});
    }
    Action action(const Message& m) { return ask(m).ruling.action; }
};

TEST_F(Gates, without_rules_a_message_goes_and_takes_the_persons_slot) {
    auto& m = message();
    const auto decision = run(m);
    ASSERT_EQ(decision.ruling.action, Action::go);
    ASSERT_EQ(decision.ruling.reserve.size(), 1U);
    const auto& slot = decision.ruling.reserve[0];
    EXPECT_EQ(slot.scope, person_scope(false, "shop", "ali", "sms", ""));
    EXPECT_EQ(slot.use.at, now);
    EXPECT_EQ(slot.use.key, m.subject.key);
    EXPECT_EQ(ledger.kind(slot.use.kind).class_name, "marketing");
    EXPECT_TRUE(decision.findings.empty());
    EXPECT_EQ(ledger.reads, 0);
    EXPECT_TRUE(rules->is_empty());
}

TEST_F(Gates, consent_that_is_required_must_have_been_given) {
    settings.classes["marketing"].requires_ = config::Requires::consent;
    auto& m = message();
    EXPECT_EQ(action(m), Action::end);
    EXPECT_EQ(reason_of(ask(m)), Reason::no_consent);
    say("*", "*", ConsentState::pending, now - 2h);
    EXPECT_EQ(action(m), Action::end);
    say("*", "*", ConsentState::subscribed, now - 1h);
    EXPECT_EQ(action(m), Action::go);
    say("sms", "marketing", ConsentState::pending, now - 2h);
    EXPECT_EQ(action(m), Action::end);
}

TEST_F(Gates, a_no_to_everything_ends_an_earlier_yes_to_one_thing) {
    say("sms", "marketing", ConsentState::subscribed, now - 48h);
    EXPECT_EQ(action(message()), Action::go);
    say("*", "*", ConsentState::unsubscribed, now - 24h);
    EXPECT_EQ(action(message()), Action::end);
    say("sms", "marketing", ConsentState::subscribed, now - 1h);
    EXPECT_EQ(action(message()), Action::go);
}

TEST_F(Gates, a_yes_to_everything_does_not_lift_a_no_to_one_thing) {
    say("sms", "*", ConsentState::unsubscribed, now - 48h);
    say("*", "*", ConsentState::subscribed, now - 1h);
    EXPECT_EQ(action(message()), Action::end);
    say("*", "marketing", ConsentState::subscribed, now - 1min);
    EXPECT_EQ(action(message()), Action::go);
}

TEST_F(Gates, an_opt_out_at_the_same_moment_as_a_yes_wins) {
    say("*", "*", ConsentState::subscribed, now - 1h);
    say("*", "*", ConsentState::unsubscribed, now - 1h);
    EXPECT_EQ(action(message()), Action::end);
}

TEST_F(Gates, a_no_to_a_category_leaves_the_others) {
    say("*", "news", ConsentState::unsubscribed, now - 1h);
    auto& news = message();
    news.subject.category = "news";
    EXPECT_EQ(action(news), Action::end);
    auto& offers = message();
    offers.subject.category = "offers";
    EXPECT_EQ(action(offers), Action::go);
    EXPECT_EQ(action(message("transactional")), Action::go);
}

TEST_F(Gates, without_an_id_the_address_is_the_person) {
    ledger.said.push_back({"shop", "+989120000001", "*", "*", ConsentState::unsubscribed, "STOP", "", now - 1h});
    auto& m = message();
    m.subject.recipient = "";
    EXPECT_EQ(action(m), Action::end);
}

TEST_F(Gates, a_channel_without_consent_or_address_leads_to_the_next) {
    say("push", "*", ConsentState::unsubscribed, now - 1h);
    auto& m = message();
    set_plan(m, {{"push", "token", {}, {}, {}}, {"email", "", {}, {}, {}}, {"sms", "+98912", {}, {}, {}}});
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::step);
    EXPECT_EQ(decision.ruling.step, 2);
    EXPECT_EQ(decision.ruling.due, now);
    ASSERT_EQ(decision.ruling.trace.size(), 3U);
    EXPECT_EQ(decision.ruling.trace[0].reason, Reason::no_consent);
    EXPECT_EQ(decision.ruling.trace[1].reason, Reason::address_missing);
    EXPECT_EQ(decision.ruling.trace[2].reason, Reason::next_channel);
    EXPECT_TRUE(decision.ruling.reserve.empty());
}

TEST_F(Gates, when_no_channel_is_left_the_first_reason_is_the_messages) {
    auto& m = message();
    set_plan(m, {{"push", "", {}, {}, {}}, {"sms", "+98912", {}, {}, {}}});
    ledger.suppressed.push_back({"sms", "+98912", model::SuppressionReach::all, "complaint", "", now, {}});
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(decision.ruling.event, model::Event::suppress);
    EXPECT_EQ(reason_of(decision), Reason::address_missing);
}

TEST_F(Gates, suppression_for_marketing_lets_a_receipt_pass_and_for_all_nothing) {
    const std::string address = "+989120000001";
    ledger.suppressed.push_back({"*", address, model::SuppressionReach::marketing, "unsubscribed", "", now, {}});
    EXPECT_EQ(action(message()), Action::end);
    EXPECT_EQ(action(message("transactional")), Action::go);
    ledger.suppressed.push_back({"sms", address, model::SuppressionReach::all, "manual", "", now, now + 1h});
    EXPECT_EQ(action(message("otp")), Action::end);
    EXPECT_EQ(reason_of(ask(message("otp"))), Reason::suppressed);
    now += 1h;
    EXPECT_EQ(action(message("otp")), Action::go);
}

TEST_F(Gates, a_message_past_its_time_expires) {
    auto& m = message();
    m.subject.expires_at = now + 1ms;
    EXPECT_EQ(action(m), Action::go);
    m.subject.expires_at = now;
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(decision.ruling.event, model::Event::expire);
    EXPECT_EQ(reason_of(decision), Reason::expired);
}

TEST_F(Gates, expiry_is_the_reason_though_the_first_channel_had_another) {
    auto& m = message();
    set_plan(m, {{"push", "", {}, {}, {}}, {"sms", "+98912", {}, {}, {}}});
    m.subject.expires_at = now;
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.event, model::Event::expire);
    EXPECT_EQ(reason_of(decision), Reason::expired);
}

TEST_F(Gates, the_same_content_goes_once_within_its_window) {
    const auto twin = [this]() -> Message& {
        auto& m = message();
        m.subject.dedupe_key = "welcome";
        m.subject.dedupe_window = 1h;
        return m;
    };
    auto& first = twin();
    EXPECT_TRUE(goes(first));
    EXPECT_TRUE(goes(first)) << "another try of the same message";
    now += 1h - 1ms;
    const auto decision = ask(twin());
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(reason_of(decision), Reason::duplicate_content);
    auto& other = twin();
    other.subject.recipient = "zahra";
    EXPECT_TRUE(goes(other));
    now += 1ms;
    EXPECT_TRUE(goes(twin()));
}

TEST_F(Gates, content_that_was_refused_is_no_duplicate) {
    auto& first = message("transactional");
    first.subject.dedupe_key = "welcome";
    first.subject.dedupe_window = 1h;
    EXPECT_EQ(run(first).ruling.reserve.size(), 1U) << "remembered though the class does not count";
    ledger.settle(first.subject.key, model::UseState::rejected);
    auto& second = message("transactional");
    second.subject.dedupe_key = "welcome";
    second.subject.dedupe_window = 1h;
    EXPECT_TRUE(goes(second));
}

TEST_F(Gates, a_step_outside_of_the_plan_is_not_sent) {
    auto& m = message();
    m.subject.step = 1;
    EXPECT_EQ(action(m), Action::end);
}

TEST_F(Gates, explain_tells_every_gate_in_order) {
    auto& m = message();
    m.subject.dedupe_key = "k";
    m.subject.dedupe_window = 1h;
    settings.quiet.push_back(nights());
    settings.caps.push_back(rolling_cap("daily", 3, 24h));
    const auto decision = ask(m, true);
    std::string order;
    for (const auto& finding : decision.findings) {
        EXPECT_TRUE(finding.passed);
        EXPECT_FALSE(finding.words.empty());
        order.append(name(finding.gate)).append(" ");
    }
    EXPECT_EQ(order, "consent suppression expiry dedupe exemption quiet cap ");
    EXPECT_EQ(decision.findings.back().words,
              "Cap \"daily\": 0 of 3 messages used since Sat 2026-11-21 12:00:00.001 (Asia/Tehran).");
}

}  // namespace
}  // namespace chapar::policy::test
