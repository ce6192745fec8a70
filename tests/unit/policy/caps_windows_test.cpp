// Over what time a cap counts, and when there is room again.
#include "caps_world.hpp"

namespace chapar::policy::test {
namespace {

using config::CapSettings;
using config::Window;
using model::Reason;

TEST_F(Caps, a_rolling_window_is_exact_to_the_millisecond) {
    add(rolling_cap("two-a-day", 2, 24h));
    const auto start = now;
    EXPECT_TRUE(goes(message()));
    now += 1h;
    EXPECT_TRUE(goes(message()));
    now = start + 24h - 1ms;
    auto& third = message();
    EXPECT_EQ(due(third), start + 24h);
    EXPECT_EQ(reason_of(ask(third)), Reason::capped);
    now = start + 24h;
    EXPECT_TRUE(goes(third));
    EXPECT_EQ(due(message()), start + 25h);
}

TEST_F(Caps, a_daily_job_that_drifts_is_absorbed_by_grace) {
    auto& cap = add(rolling_cap("one-a-day", 1, 24h));
    const auto start = now;
    EXPECT_TRUE(goes(message()));
    now = start + 24h - 3min;
    EXPECT_EQ(due(message()), start + 24h);
    cap.window.grace = 5min;
    rules.reset();
    EXPECT_EQ(ask(message()).ruling.action, Action::go);
    now = start + 24h - 5min - 1ms;
    EXPECT_EQ(due(message()), start + 24h - 5min);
    now += 1ms;
    EXPECT_TRUE(goes(message()));
}

TEST_F(Caps, two_messages_at_23_and_01_count_by_the_persons_calendar_day) {
    add(calendar_cap("one-a-day", 1, Window::Unit::day));
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(due(message()), tehran(2026, 11, 23));
    now = tehran(2026, 11, 23, 1, 0);
    EXPECT_TRUE(goes(message())) << "another day for the person";
    // In New York both are the same day, and the day's end is another.
    auto& far = message();
    far.subject.person_zone = "America/New_York";
    EXPECT_EQ(due(far), local("America/New_York", 2026, 11, 23));
}

TEST_F(Caps, who_wants_no_two_within_a_night_takes_a_rolling_window_or_an_interval) {
    auto& cap = add(rolling_cap("apart", 0, 24h));
    cap.min_interval = 6h;
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_TRUE(goes(message()));
    now = tehran(2026, 11, 23, 1, 0);
    auto& second = message();
    EXPECT_EQ(due(second), tehran(2026, 11, 23, 5, 0));
    EXPECT_EQ(reason_of(ask(second)), Reason::too_soon);
    now = tehran(2026, 11, 23, 5, 0) - 1ms;
    EXPECT_EQ(ask(second).ruling.action, Action::wait);
    now += 1ms;
    EXPECT_TRUE(goes(second));
}

TEST_F(Caps, a_capped_message_waits_for_the_right_week) {
    add(calendar_cap("three-a-week", 3, Window::Unit::week));  // weeks begin on Saturday
    now = tehran(2026, 11, 21, 10, 0);                         // Saturday
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(goes(message()));
    now = tehran(2026, 11, 26, 10, 0);  // Thursday
    EXPECT_EQ(due(message()), tehran(2026, 11, 28)) << "next Saturday, not three weeks on";
    now = tehran(2026, 11, 28) - 1ms;
    EXPECT_EQ(due(message()), tehran(2026, 11, 28));
    now += 1ms;
    EXPECT_TRUE(goes(message()));
}

TEST_F(Caps, a_jalali_month_ends_with_the_month_that_people_live_in) {
    auto& cap = add(calendar_cap("one-a-month", 1, Window::Unit::month));
    cap.window.jalali = true;
    cap.horizon = 24h * 40;
    now = tehran(2025, 3, 20, 12, 0);  // 30 Esfand 1403, a leap year
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(due(message()), tehran(2025, 3, 21));
    now = tehran(2025, 3, 21);
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(due(message()), tehran(2025, 4, 21));  // 31 days
}

TEST_F(Caps, a_fixed_zone_is_everybodys) {
    auto& cap = add(calendar_cap("one-a-day", 1, Window::Unit::day));
    cap.window.zone = "Europe/Berlin";
    now = tehran(2026, 11, 23, 1, 0);
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(due(message()), local("Europe/Berlin", 2026, 11, 23));
}

TEST_F(Caps, a_budget_follows_the_person_and_not_the_device_and_falls_back_to_the_sites_zone) {
    add(calendar_cap("one-a-day", 1, Window::Unit::day));
    auto& first = message();
    first.subject.device_zone = "Asia/Tokyo";
    EXPECT_TRUE(goes(first));
    auto& m = message();
    m.subject.device_zone = "Asia/Tokyo";
    EXPECT_EQ(due(m), tehran(2026, 11, 23));
    m.subject.person_zone = "";
    EXPECT_EQ(due(m), local("Asia/Tokyo", 2026, 11, 23));
    m.subject.device_zone = "";
    EXPECT_EQ(due(m), tehran(2026, 11, 23));
}

TEST_F(Caps, never_until_a_moment_waits_for_it) {
    auto& cap = add(rolling_cap("elections", 0, 24h));
    cap.never = true;
    cap.window.kind = Window::Kind::until;
    cap.window.until = now + 10h;
    EXPECT_EQ(due(message()), now + 10h);
    now += 10h;
    EXPECT_TRUE(goes(message()));
}

TEST_F(Caps, until_counts_everything_and_then_the_rule_is_over) {
    auto& cap = add(rolling_cap("launch", 1, 24h));
    cap.window.kind = Window::Kind::until;
    cap.window.until = now + 48h;
    EXPECT_TRUE(goes(message()));
    now += 47h;
    EXPECT_EQ(due(message()), now + 1h);
    now += 1h;
    EXPECT_TRUE(goes(message()));
    EXPECT_TRUE(goes(message()));
}

TEST_F(Caps, a_lifetime_limit_has_no_next_time) {
    add(rolling_cap("welcome", 1, 24h)).window.kind = Window::Kind::lifetime;
    EXPECT_TRUE(goes(message()));
    now += 24h * 3000;
    EXPECT_EQ(ask(message()).ruling.action, Action::end);
    EXPECT_EQ(rules->history(), std::nullopt);
}

TEST_F(Caps, since_an_event_counts_from_it_and_asks_again_until_it_comes) {
    auto& cap = add(rolling_cap("one-a-purchase", 1, 24h));
    cap.window.kind = Window::Kind::since_event;
    cap.window.event = "purchase";
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(due(message()), now + 1h);
    ledger.events["purchase"] = now + 10min;
    now += 20min;
    EXPECT_TRUE(goes(message()));
    EXPECT_EQ(ask(message()).ruling.action, Action::wait);
}

TEST_F(Caps, the_next_time_is_when_enough_has_left_the_window) {
    auto& cap = add(rolling_cap("segments", 5, 24h));
    cap.count_by = CapSettings::CountBy::segments;
    const auto start = now;
    for (const int parts : {1, 2, 2}) {
        auto& m = message();
        m.subject.amount = [parts](int) { return Amount{parts, 0}; };
        EXPECT_TRUE(goes(m));
        now += 1h;
    }
    auto& m = message();
    m.subject.amount = [](int) { return Amount{3, 0}; };
    EXPECT_EQ(due(m), start + 25h);
}

TEST_F(Caps, history_is_kept_for_the_longest_window_and_thirty_days_at_least) {
    ask(message());
    EXPECT_EQ(rules->history(), Milliseconds(24h * 30));
    add(rolling_cap("long", 1, 24h * 90));
    rules.reset();
    ask(message());
    EXPECT_EQ(rules->history(), Milliseconds(24h * 90));
}

TEST_F(Caps, a_clock_that_went_back_does_not_free_a_rolling_window) {
    add(rolling_cap("one", 1, 24h));
    EXPECT_TRUE(goes(message()));
    now -= 1h;
    EXPECT_EQ(due(message()), now + 25h);
}

}  // namespace
}  // namespace chapar::policy::test
