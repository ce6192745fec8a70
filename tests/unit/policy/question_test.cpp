// A question in phases: what is planned, what is read, and what is decided over it.
#include "policy/question.hpp"
#include "world.hpp"

namespace chapar::policy::test {
namespace {

class Questions : public World {
  protected:
    void compile_rules() {
        auto compiled = compile(settings);
        ASSERT_TRUE(compiled.has_value()) << compiled.error().message();
        rules = *compiled;
    }
    /// How many rounds of reading it takes, with what it answers.
    std::pair<int, Decision> rounds(const Message& message) {
        compile_rules();
        Question question(*rules, message.subject, now);
        auto decision = question.answer(ledger);
        return {question.rounds(), std::move(decision)};
    }
    model::Scope person(const Message& message) {
        const auto& subject = message.subject;
        return person_scope(false, subject.application, subject.recipient, message.plan[0].channel,
                            message.plan[0].address);
    }
};

TEST_F(Questions, a_message_under_caps_and_quiet_hours_is_decided_by_what_was_planned) {
    settings.caps = {rolling_cap("day", 2, 24h), calendar_cap("week", 5, config::Window::Unit::week)};
    settings.quiet = {nights()};
    const auto& first = message();
    const auto [count, decision] = rounds(first);
    EXPECT_EQ(count, 1);
    EXPECT_EQ(decision.ruling.action, Action::go);
    ledger.apply(decision.ruling, first.subject.key);
    EXPECT_TRUE(goes(message()));
    const auto& third = message();
    const auto [again, over] = rounds(third);
    EXPECT_EQ(again, 1);
    EXPECT_NE(over.ruling.action, Action::go);
}

TEST_F(Questions, nothing_is_decided_over_what_was_not_read) {
    settings.caps = {rolling_cap("day", 2, 24h)};
    compile_rules();
    Question question(*rules, message().subject, now);
    model::ReadPlan plan, more;
    question.plan(plan);
    EXPECT_EQ(plan.uses.size(), 1U);
    EXPECT_EQ(plan.people.size(), 1U);
    EXPECT_EQ(plan.suppressions.size(), 1U);
    model::ReadSet set;
    EXPECT_FALSE(question.decide(set, more).has_value());
    EXPECT_EQ(more.uses, plan.uses);
    set.fetch(plan, ledger);
    more.clear();
    EXPECT_TRUE(question.decide(set, more).has_value());
    EXPECT_TRUE(more.is_empty());
}

TEST_F(Questions, a_plan_reads_once_what_several_rules_look_at) {
    settings.caps = {rolling_cap("day", 9, 24h), rolling_cap("week", 9, 24h * 7), rolling_cap("month", 9, 24h * 30)};
    rounds(message());
    EXPECT_EQ(ledger.reads, 1);
}

TEST_F(Questions, who_owns_an_address_is_asked_first_and_then_what_the_owner_had) {
    settings.caps = {rolling_cap("day", 1, 24h)};
    const auto& named = message();
    EXPECT_TRUE(goes(named));
    auto& nameless = message();
    nameless.subject.recipient = {};
    ledger.owned["+989120000001"] = "ali";
    const auto [count, decision] = rounds(nameless);
    EXPECT_EQ(count, 2);
    EXPECT_NE(decision.ruling.action, Action::go);
    ledger.owned.clear();
    const auto [guessed, other] = rounds(nameless);
    EXPECT_EQ(guessed, 1);
    EXPECT_EQ(other.ruling.action, Action::go);
}

TEST_F(Questions, the_later_channels_are_read_together) {
    settings.caps = {rolling_cap("never", 1, 24h)};
    settings.caps[0].over = config::CapSettings::Over::switch_channel;
    settings.caps[0].switch_to = {"push", "email"};
    settings.caps[0].match.channels = {"sms"};
    auto endpoint = rolling_cap("endpoint", 1, 24h);
    endpoint.scope = config::CapSettings::Scope::endpoint;
    endpoint.over = config::CapSettings::Over::switch_channel;
    endpoint.switch_to = {"email"};
    settings.caps.push_back(endpoint);
    auto& m = message();
    set_plan(
        m, {{"sms", "+989120000001", {}, {}, {}}, {"push", "token", {}, {}, {}}, {"email", "a@b.example", {}, {}, {}}});
    const auto [count, decision] = rounds(m);
    EXPECT_EQ(count, 1);
    ledger.apply(decision.ruling, m.subject.key);
    auto& next = message();
    set_plan(
        next,
        {{"sms", "+989120000001", {}, {}, {}}, {"push", "token", {}, {}, {}}, {"email", "a@b.example", {}, {}, {}}});
    const auto [more, over] = rounds(next);
    EXPECT_EQ(more, 2);
    EXPECT_EQ(over.ruling.action, Action::step);
    EXPECT_EQ(over.ruling.step, 2);  // the only one that both rules name
}

TEST_F(Questions, a_digest_with_the_gates_of_its_members_takes_two_rounds) {
    auto cap = rolling_cap("few", 1, 1h);
    cap.over = config::CapSettings::Over::digest;
    cap.digest_key = "news";
    cap.digest_template = "digest";
    cap.digest_every = 2h;
    settings.caps = {cap};
    EXPECT_TRUE(goes(message()));
    for (int i = 0; i < 3; ++i) {
        auto& waits = message();
        set_plan(waits, {{"sms", "+98912000000" + std::to_string(i), {}, {}, {}}});
        EXPECT_EQ(run(waits).ruling.action, Action::wait);
    }
    now += 3h;
    const auto [count, decision] = rounds(messages[1]);
    EXPECT_EQ(decision.ruling.action, Action::go);
    EXPECT_EQ(decision.ruling.collect.size(), 2U);
    EXPECT_EQ(count, 2);
}

TEST_F(Questions, damage_holds_those_whom_it_decides_about_and_nobody_else) {
    settings.caps = {rolling_cap("day", 2, 24h)};
    const auto& m = message();
    ledger.lost = {person(m)};
    rounds(m);
    EXPECT_EQ(ledger.take_damage(), "the sending history");
    ledger.suppressed = {{"sms", "+989120000001", model::SuppressionReach::all, "manual", "", now, {}}};
    const auto [count, decision] = rounds(m);
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(ledger.take_damage(), "");
}

TEST_F(Questions, the_same_question_may_be_asked_again_when_the_store_has_changed) {
    settings.caps = {rolling_cap("day", 1, 24h)};
    auto& nameless = message();
    nameless.subject.recipient = {};
    compile_rules();
    Question question(*rules, nameless.subject, now);
    EXPECT_EQ(question.answer(ledger).ruling.action, Action::go);
    EXPECT_TRUE(goes(message()));
    ledger.owned["+989120000001"] = "ali";
    EXPECT_NE(question.answer(ledger).ruling.action, Action::go);
}

}  // namespace
}  // namespace chapar::policy::test
