// What happens to a message over a cap, and messages that wait for each other.
#include "world.hpp"

namespace chapar::policy::test {
namespace {

using config::CapSettings;
using config::Priority;
using config::Window;
using model::Reason;
using model::UseState;
using Over = CapSettings::Over;

class OverCap : public World {
  protected:
    CapSettings& add(CapSettings cap) { return settings.caps.emplace_back(std::move(cap)); }
    void add_class(std::string class_name, Priority priority) {
        auto cls = marketing();
        cls.name = class_name;
        cls.priority = priority;
        settings.classes[class_name] = cls;
    }
    Message& three_channels() {
        auto& m = message();
        set_plan(m, {{"sms", "+98912", {}, {}, {}}, {"push", "token", {}, {}, {}}, {"email", "a@b", {}, {}, {}}});
        return m;
    }
};

TEST_F(OverCap, drop_ends_it_with_the_reason_the_rule_and_the_counter) {
    add(rolling_cap("one", 1, 24h)).over = Over::drop;
    EXPECT_TRUE(goes(message()));
    const auto decision = ask(message());
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(decision.ruling.event, model::Event::suppress);
    EXPECT_EQ(reason_of(decision), Reason::capped);
    EXPECT_NE(decision.ruling.trace[0].detail.find("1 of 1 messages"), std::string::npos);
}

TEST_F(OverCap, defer_waits_to_its_horizon_and_before_its_end_only) {
    auto& cap = add(rolling_cap("one", 1, 24h));
    EXPECT_TRUE(goes(message()));
    auto& m = message();
    const auto expect = [&](Milliseconds horizon, Timestamp expires, Action action) {
        cap.horizon = horizon;
        m.subject.expires_at = expires;
        rules.reset();
        EXPECT_EQ(ask(m).ruling.action, action);
    };
    expect(24h, now + 24h + 1ms, Action::wait);
    expect(24h - 1ms, now + 48h, Action::end);
    expect(48h, now + 24h, Action::end);
    m.subject.send_at += 1ms;
    expect(24h - 1ms, now + 48h, Action::wait);
}

TEST_F(OverCap, several_reached_rules_are_all_waited_for) {
    add(rolling_cap("day", 1, 24h));
    add(rolling_cap("week", 1, 24h * 7));
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(ask(message()).ruling.due, now + 24h * 7);
    settings.caps[1].over = Over::drop;
    rules.reset();
    EXPECT_EQ(ask(message()).ruling.action, Action::end) << "the strictest word counts";
}

TEST_F(OverCap, switch_takes_the_plans_next_listed_channel_that_is_free) {
    auto& sms = add(rolling_cap("one-sms", 1, 24h));
    sms.match.channels = {"sms"};
    sms.over = Over::switch_channel;
    sms.switch_to = {"push", "email"};
    add(rolling_cap("one-push", 1, 24h)).match.channels = {"push"};
    EXPECT_TRUE(goes(three_channels()));
    auto& second = three_channels();
    auto decision = ask(second);
    EXPECT_EQ(decision.ruling.action, Action::step);
    EXPECT_EQ(decision.ruling.step, 1);
    EXPECT_EQ(decision.ruling.due, now);
    ASSERT_EQ(decision.ruling.trace.size(), 2U);
    EXPECT_EQ(decision.ruling.trace[0].reason, Reason::capped);
    EXPECT_EQ(decision.ruling.trace[1].reason, Reason::next_channel);
    second.subject.step = 1;
    EXPECT_TRUE(goes(second));
    EXPECT_EQ(ask(three_channels()).ruling.step, 2) << "push is capped too";
    settings.caps[0].switch_to = {"push"};
    rules.reset();
    decision = ask(three_channels());
    EXPECT_EQ(decision.ruling.action, Action::wait) << "no listed channel is free: it waits for its own";
    EXPECT_EQ(decision.ruling.due, now + 24h);
}

TEST_F(OverCap, switch_passes_a_channel_without_address_or_consent) {
    auto& sms = add(rolling_cap("no-sms", 0, 24h));
    sms.never = true;
    sms.match.channels = {"sms"};
    sms.over = Over::switch_channel;
    sms.switch_to = {"push", "email"};
    auto& m = message();
    set_plan(m, {{"sms", "+98912", {}, {}, {}}, {"push", "", {}, {}, {}}, {"email", "a@b", {}, {}, {}}});
    EXPECT_EQ(ask(m).ruling.step, 2);
    ledger.said.push_back({"shop", "ali", "email", "*", model::ConsentState::unsubscribed, "", "", now - 1h});
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(reason_of(decision), Reason::capped) << "the reason of the first channel";
}

TEST_F(OverCap, a_channel_shut_for_good_hands_over_to_one_that_opens_later) {
    add(rolling_cap("one", 1, 24h)).match.channels = {"sms"};
    EXPECT_TRUE(goes(message()));
    auto& m = message();
    set_plan(m, {{"push", "", {}, {}, {}}, {"sms", "+98912", {}, {}, {}}});
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::step);
    EXPECT_EQ(decision.ruling.step, 1);
    EXPECT_EQ(decision.ruling.due, now + 24h);
}

TEST_F(OverCap, replace_lower_displaces_a_waiting_message_of_lower_priority) {
    add_class("news", Priority::normal);
    add(rolling_cap("one", 1, 24h)).over = Over::replace_lower;
    auto& low = message();
    EXPECT_TRUE(goes(low));
    auto& high = message("news");
    ledger.states[low.subject.key] = model::State::sending;
    EXPECT_EQ(ask(high).ruling.action, Action::wait) << "what may be leaving stays";
    ledger.states[low.subject.key] = model::State::waiting;
    EXPECT_EQ(ask(message()).ruling.action, Action::wait) << "equals do not displace each other";
    auto decision = run(high);
    EXPECT_EQ(decision.ruling.action, Action::go);
    ASSERT_EQ(decision.ruling.displace.size(), 1U);
    EXPECT_EQ(decision.ruling.displace[0], low.subject.key);
    EXPECT_EQ(ask(message()).ruling.action, Action::wait);
    ledger.settle(high.subject.key, UseState::handed_off);
    EXPECT_EQ(ask(message("news")).ruling.action, Action::wait);
}

TEST_F(OverCap, displacing_a_message_does_not_free_what_it_sent_before) {
    add_class("news", Priority::normal);
    add(rolling_cap("hour", 1, 1h)).over = Over::replace_lower;
    auto& low = message();
    EXPECT_TRUE(goes(low));
    ledger.settle(low.subject.key, UseState::handed_off);  // in doubt
    now += 2h;
    EXPECT_TRUE(goes(low));
    ledger.states[low.subject.key] = model::State::waiting;
    EXPECT_EQ(ask(message("news")).ruling.action, Action::go);
    add(rolling_cap("day", 1, 24h)).over = Over::replace_lower;
    rules.reset();
    EXPECT_EQ(ask(message("news")).ruling.action, Action::wait) << "what left two hours ago fills the day";
}

TEST_F(OverCap, replace_lower_takes_the_least_important_then_the_newest_and_no_more_than_needed) {
    add_class("news", Priority::normal);
    add_class("alerts", Priority::high);
    add(rolling_cap("three", 3, 24h)).over = Over::replace_lower;
    auto& news = message("news");
    auto& old_bulk = message();
    auto& new_bulk = message();
    for (const auto* m : {&news, &old_bulk, &new_bulk}) {
        EXPECT_TRUE(goes(*m));
        ledger.states[m->subject.key] = model::State::waiting;
    }
    const auto decision = ask(message("alerts"));
    ASSERT_EQ(decision.ruling.displace.size(), 1U);
    EXPECT_EQ(decision.ruling.displace[0], new_bulk.subject.key);
}

class LastSlot : public OverCap {
  protected:
    LastSlot() {
        add_class("news", Priority::normal);
        auto& cap = add(rolling_cap("one", 1, 24h));
        cap.arbitrate = 5min;
        cap.over = Over::drop;
    }
};

TEST_F(LastSlot, a_candidate_waits_for_a_better_one_and_then_goes) {
    auto& only = message();
    const auto decision = run(only);
    EXPECT_EQ(decision.ruling.action, Action::wait);
    EXPECT_EQ(decision.ruling.due, now + 5min);
    EXPECT_EQ(reason_of(decision), Reason::arbitrating);
    ASSERT_TRUE(decision.ruling.join.has_value());
    now += 5min - 1ms;
    EXPECT_EQ(run(only).ruling.action, Action::wait);
    now += 1ms;
    EXPECT_TRUE(goes(only));
}

TEST_F(LastSlot, priority_then_value_then_age_decide) {
    auto& bulk = message();
    bulk.subject.value = 1000;
    auto& plain = message("news");
    auto& dear = message("news");
    dear.subject.value = 5;
    auto& dear_later = message("news");
    dear_later.subject.value = 5;
    auto& negative = message("news");
    negative.subject.value = -5;
    const std::vector<const Message*> all{&bulk, &plain, &dear, &dear_later, &negative};
    for (const auto* m : all)
        EXPECT_EQ(run(*m).ruling.action, Action::wait);
    now += 5min;
    for (const auto* m : all) {
        const auto decision = ask(*m);
        EXPECT_EQ(decision.ruling.action, m == &dear ? Action::go : Action::end);
        EXPECT_TRUE(m == &dear || reason_of(decision) == Reason::capped);
    }
    EXPECT_GT(ledger.members[plain.subject.key].rank, ledger.members[negative.subject.key].rank);
    EXPECT_GT(ledger.members[negative.subject.key].rank, ledger.members[bulk.subject.key].rank);
}

TEST_F(LastSlot, who_has_the_slot_keeps_it_for_another_try) {
    auto& low = message();
    run(low);
    now += 5min;
    EXPECT_TRUE(goes(low));
    now += 1min;
    // A better one that asked for the slot while it was free, and still waits.
    auto& better = message("news");
    auto taken = std::move(ledger.by_scope);
    ledger.by_scope.clear();
    EXPECT_EQ(run(better).ruling.action, Action::wait);
    ledger.by_scope = std::move(taken);
    EXPECT_TRUE(goes(low));
}

TEST_F(LastSlot, only_the_last_slot_is_competed_for) {
    settings.caps[0].limit = 2;
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(run(message()).ruling.action, Action::wait);
}

TEST_F(LastSlot, a_loser_of_a_deferring_rule_comes_when_the_winner_has_left_the_window) {
    settings.caps[0].over = Over::defer;
    auto& low = message();
    run(low);
    now += 1min;
    run(message("news"));
    now += 4min;
    const auto decision = run(low);
    EXPECT_EQ(decision.ruling.action, Action::wait);
    EXPECT_EQ(reason_of(decision), Reason::capped);
    EXPECT_EQ(decision.ruling.due, now + 24h);
}

TEST_F(LastSlot, a_message_planned_for_later_competes_from_its_time_and_never_past_its_end) {
    auto& planned = message();
    planned.subject.accepted_at = now - 10h;
    EXPECT_EQ(ask(planned).ruling.due, now + 5min);
    planned.subject.expires_at = now + 1min;
    EXPECT_EQ(ask(planned).ruling.due, now + 1min - 1ms);
    now += 1min - 1ms;
    EXPECT_EQ(ask(planned).ruling.action, Action::go);
}

TEST_F(OverCap, the_worked_example_three_a_week_one_sms_a_day_and_nights) {
    auto& week = add(calendar_cap("three-a-week", 3, Window::Unit::week));
    week.match.classes = {"marketing"};
    week.horizon = 72h;
    auto& sms = add(rolling_cap("one-sms-a-day", 3, 24h));
    sms.match.channels = {"sms"};
    sms.match.classes = {"marketing"};
    sms.count_by = CapSettings::CountBy::segments;
    sms.over = Over::switch_channel;
    sms.switch_to = {"push", "email"};
    auto& quiet = settings.quiet.emplace_back(nights());
    quiet.weekly[5] = {{21 * 60 + 30, 10 * 60}};
    quiet.holidays = "ir";
    quiet.spread = 30min;
    quiet.zone = {"device", "person", "country", "Asia/Tehran"};
    const auto campaign = [this]() -> Message& {
        auto& m = three_channels();
        m.subject.amount = [](int) { return Amount{3, 0}; };
        return m;
    };
    now = tehran(2026, 11, 24, 10, 0);  // Tuesday
    EXPECT_TRUE(goes(campaign()));
    auto& second = campaign();
    auto decision = run(second);
    EXPECT_EQ(decision.ruling.action, Action::step) << "its three segments are used: push";
    second.subject.step = decision.ruling.step;
    EXPECT_TRUE(goes(second));
    now = tehran(2026, 11, 25, 23, 0);
    auto& night = campaign();
    decision = run(night);
    EXPECT_EQ(decision.ruling.action, Action::wait);
    EXPECT_GE(decision.ruling.due, tehran(2026, 11, 26, 8, 30));
    EXPECT_LT(decision.ruling.due, tehran(2026, 11, 26, 9, 0));
    now = decision.ruling.due;
    EXPECT_TRUE(goes(night));
    auto& fourth = campaign();
    decision = run(fourth);
    EXPECT_EQ(decision.ruling.action, Action::wait);
    EXPECT_EQ(decision.ruling.due, tehran(2026, 11, 28)) << "Saturday, within 72 hours";
    now = decision.ruling.due;
    decision = run(fourth);
    EXPECT_EQ(reason_of(decision), Reason::quiet_hours) << "Friday's long night is not over";
    EXPECT_GE(decision.ruling.due, tehran(2026, 11, 28, 10, 0));
    now = decision.ruling.due;
    EXPECT_TRUE(goes(fourth));
    EXPECT_TRUE(goes(message("otp")));
}

}  // namespace
}  // namespace chapar::policy::test
