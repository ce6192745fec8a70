#include "policy/quiet.hpp"

#include "world.hpp"

namespace chapar::policy::test {
namespace {

using model::Reason;
using OnHit = config::QuietSettings::OnHit;

class QuietHours : public World {
  protected:
    config::QuietSettings& add(config::QuietSettings quiet) { return settings.quiet.emplace_back(std::move(quiet)); }
    /// When it may go; now: at once.
    Timestamp due(const Message& m) {
        const auto decision = ask(m);
        if (decision.ruling.action == Action::go) return now;
        EXPECT_EQ(decision.ruling.action, Action::wait);
        EXPECT_EQ(reason_of(decision), Reason::quiet_hours);
        return decision.ruling.due;
    }
    Message& living_in(std::string_view zone_name) {
        auto& m = message();
        m.subject.person_zone = zone_name;
        return m;
    }
};

TEST_F(QuietHours, a_night_crosses_midnight_and_its_edges_are_from_and_not_until) {
    add(nights());
    auto& m = message();
    now = tehran(2026, 11, 22, 21, 30) - 1ms;
    EXPECT_EQ(due(m), now);
    now = tehran(2026, 11, 22, 21, 30);
    EXPECT_EQ(due(m), tehran(2026, 11, 23, 8, 30));
    now = tehran(2026, 11, 23, 8, 30) - 1ms;
    EXPECT_EQ(due(m), tehran(2026, 11, 23, 8, 30));
    now = tehran(2026, 11, 23, 8, 30);
    EXPECT_EQ(due(m), now);
}

TEST_F(QuietHours, a_span_belongs_to_the_day_on_which_it_begins) {
    auto& quiet = add(nights());
    quiet.weekly[5] = {{21 * 60 + 30, 10 * 60}};  // Friday's night is longer
    now = tehran(2026, 11, 27, 8, 0);             // Friday morning: still Thursday's night
    EXPECT_EQ(due(message()), tehran(2026, 11, 27, 8, 30));
    now = tehran(2026, 11, 28, 9, 0);
    EXPECT_EQ(due(message()), tehran(2026, 11, 28, 10, 0));
}

TEST_F(QuietHours, adjoining_windows_are_one_and_the_end_is_when_none_is_open) {
    add(nights());
    auto& lunch = add(nights(8 * 60, 9 * 60));
    lunch.name = "early";
    auto& later = add(nights(9 * 60, 9 * 60 + 15));
    later.name = "later";
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_EQ(due(message()), tehran(2026, 11, 23, 9, 15));
}

TEST_F(QuietHours, a_rule_that_does_not_match_keeps_nothing_back) {
    add(nights()).match.channels = {"push"};
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_EQ(due(message()), now);
    auto& push = message();
    set_plan(push, {{"push", "token", {}, {}, {}}});
    EXPECT_EQ(due(push), tehran(2026, 11, 23, 8, 30));
}

TEST_F(QuietHours, an_exempt_class_is_never_kept_back) {
    add(nights());
    now = tehran(2026, 11, 22, 23, 0);
    for (const auto* name : {"otp", "transactional"})
        EXPECT_EQ(ask(message(name)).ruling.action, Action::go);
    auto& test = message();
    test.subject.is_test = true;
    EXPECT_EQ(ask(test).ruling.action, Action::go);
}

TEST_F(QuietHours, a_window_that_names_otp_does_not_touch_it) {
    auto& quiet = add(nights());
    quiet.match.classes = {"otp", "marketing"};
    quiet.on_hit = OnHit::drop;
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_EQ(ask(message("otp")).ruling.action, Action::go);
    EXPECT_EQ(ask(message()).ruling.action, Action::end);
}

TEST_F(QuietHours, a_window_that_drops_does_so_though_another_knows_no_zone) {
    add(nights());
    auto& hard = add(nights());
    hard.name = "hard";
    hard.zone = {"Asia/Tehran"};
    hard.on_hit = OnHit::drop;
    now = tehran(2026, 11, 22, 23, 0);
    const auto decision = ask(living_in(""));
    EXPECT_EQ(decision.ruling.action, Action::end);
    EXPECT_EQ(reason_of(decision), Reason::quiet_hours);
}

TEST_F(QuietHours, the_chain_takes_the_device_then_the_person_then_the_country_then_the_application) {
    auto& quiet = add(nights());
    quiet.zone = {"device", "person", "country", "application", "Pacific/Apia"};
    auto& shop = settings.applications.emplace_back();
    shop.name = "shop";
    shop.timezone = "Asia/Tokyo";
    now = local("Europe/Berlin", 2026, 11, 22, 23, 0);
    auto& m = living_in("America/New_York");
    m.subject.device_zone = "Europe/Berlin";
    m.subject.phone = "+989121234567";
    EXPECT_EQ(due(m), local("Europe/Berlin", 2026, 11, 23, 8, 30));
    m.subject.device_zone = "Not/AZone";
    EXPECT_EQ(due(m), now) << "17:00 in New York";
    m.subject.person_zone = "";
    EXPECT_EQ(due(m), tehran(2026, 11, 23, 8, 30)) << "01:30 in Tehran";
    m.subject.phone = "+12125550100";
    EXPECT_EQ(due(m), local("Asia/Tokyo", 2026, 11, 23, 8, 30)) << "07:00 in Tokyo";
    m.subject.application = "other";
    EXPECT_EQ(due(m), now) << "12:00 in Apia";
}

TEST_F(QuietHours, nobody_without_a_zone_is_woken) {
    add(nights());
    auto& m = living_in("");
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::wait);
    EXPECT_EQ(reason_of(decision), Reason::zone_unknown);
    EXPECT_EQ(decision.ruling.due, now + 1h);
    ledger.stored_profile = R"({"timezone": "Asia/Tehran"})";  // learnt since it was accepted
    EXPECT_EQ(ask(m).ruling.action, Action::go);
    ledger.stored_profile = R"({"timezone": "Mars/Olympus"})";
    EXPECT_EQ(ask(m).ruling.action, Action::wait);
    m.subject.expires_at = now + 1h;
    EXPECT_EQ(ask(m).ruling.action, Action::end);
    EXPECT_EQ(reason_of(ask(m)), Reason::zone_unknown);
}

TEST_F(QuietHours, a_class_may_go_where_no_zone_is_known_if_it_says_so) {
    add(nights());
    settings.classes["marketing"].unknown_zone_holds = false;
    EXPECT_EQ(ask(living_in("")).ruling.action, Action::go);
}

TEST_F(QuietHours, a_persons_own_schedule_adds_and_never_takes_away) {
    add(nights());
    auto& m = message();
    m.subject.own_quiet = R"({"weekly": {"every": ["12:00-14:00"], "monday": ["08:00-10:00"]}})";
    EXPECT_EQ(due(m), tehran(2026, 11, 22, 14, 0));
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_EQ(due(m), tehran(2026, 11, 23, 10, 0)) << "the site's night, then the person's morning";
    for (const auto* odd : {"", "[]", "{", R"({"weekly": {"every": ["x", 3, "25:00-26:00", "10:00-10:00"]}})",
                            R"({"weekly": {"every": "12:00-14:00"}})", R"({"weekly": []})"}) {
        m.subject.own_quiet = odd;
        now = tehran(2026, 11, 23, 12, 0);
        EXPECT_EQ(due(m), now) << odd;
        now = tehran(2026, 11, 22, 23, 0);
        EXPECT_EQ(due(m), tehran(2026, 11, 23, 8, 30)) << odd;
    }
}

TEST_F(QuietHours, on_hit_drop_ends_it_and_the_strictest_of_several_wins) {
    add(nights());
    auto& hard = add(nights(23 * 60, 24 * 60));
    hard.name = "hard";
    hard.on_hit = OnHit::drop;
    now = tehran(2026, 11, 22, 22, 0);
    EXPECT_EQ(ask(message()).ruling.action, Action::wait);
    now = tehran(2026, 11, 22, 23, 0);
    EXPECT_EQ(ask(message()).ruling.action, Action::end);
    EXPECT_EQ(reason_of(ask(message())), Reason::quiet_hours);
}

TEST_F(QuietHours, on_hit_switch_takes_a_listed_channel_of_the_plan_that_is_free) {
    auto& quiet = add(nights());
    quiet.match.channels = {"sms", "push"};
    quiet.on_hit = OnHit::switch_channel;
    quiet.switch_to = {"push", "email"};
    now = tehran(2026, 11, 22, 23, 0);
    auto& m = message();
    set_plan(m, {{"sms", "+98912", {}, {}, {}}, {"push", "token", {}, {}, {}}, {"email", "a@b", {}, {}, {}}});
    const auto decision = ask(m);
    EXPECT_EQ(decision.ruling.action, Action::step);
    EXPECT_EQ(decision.ruling.step, 2) << "push is quiet itself";
    EXPECT_EQ(decision.ruling.due, now);
    set_plan(m, {{"sms", "+98912", {}, {}, {}}, {"voice", "+98912", {}, {}, {}}});
    EXPECT_EQ(due(m), tehran(2026, 11, 23, 8, 30)) << "voice is not listed, so it waits for its own channel";
}

TEST_F(QuietHours, a_message_whose_time_ends_in_the_window_is_dropped_at_once) {
    add(nights());
    now = tehran(2026, 11, 22, 23, 0);
    auto& m = message();
    m.subject.expires_at = tehran(2026, 11, 23, 8, 30);
    EXPECT_EQ(ask(m).ruling.action, Action::end);
    EXPECT_EQ(reason_of(ask(m)), Reason::quiet_hours);
    m.subject.expires_at += 1ms;
    EXPECT_EQ(ask(m).ruling.action, Action::wait);
}

TEST_F(QuietHours, a_week_without_a_free_moment_ends_the_search) {
    add(nights(0, 1440));
    auto& m = message();
    EXPECT_EQ(ask(m).ruling.action, Action::end);
}

TEST_F(QuietHours, releases_are_spread_and_one_persons_messages_keep_their_order) {
    auto& quiet = add(nights());
    quiet.spread = 30min;
    const auto end = tehran(2026, 11, 23, 8, 30);
    std::map<std::string, Timestamp> released;
    for (int i = 0; i < 200; ++i) {
        const auto who = "person" + std::to_string(i);
        now = tehran(2026, 11, 22, 23, 0);
        auto& m = message();
        m.subject.recipient = who;
        const auto first = due(m);
        EXPECT_GE(first, end);
        EXPECT_LT(first, end + 30min);
        const auto scope = person_scope(false, "shop", who, "", "");
        EXPECT_EQ(first, end + Milliseconds(static_cast<std::uint64_t>(scope) % 1'800'000));
        released[who] = first;
        now = tehran(2026, 11, 23, 3, 0);
        EXPECT_EQ(due(m), first);
        now = std::max(end, first - 1ms);
        EXPECT_EQ(due(m), first) << "a later message does not overtake the one that waits";
        now = first;
        EXPECT_EQ(due(m), first);
    }
    int early = 0;
    for (const auto& [who, at] : released)
        early += at < end + 15min ? 1 : 0;
    EXPECT_NEAR(early, 100, 35);
}

TEST_F(QuietHours, the_workspace_offset_follows_dst) {
    auto& quiet = add(nights());
    quiet.zone = {"Europe/Berlin"};
    now = local("Europe/Berlin", 2026, 3, 28, 23, 0);
    EXPECT_EQ(due(message()), local("Europe/Berlin", 2026, 3, 29, 8, 30));
    EXPECT_EQ(due(message()) - now, 8h + 30min) << "the night of the change is an hour shorter";
    now = local("Europe/Berlin", 2026, 10, 24, 23, 0);
    EXPECT_EQ(due(message()) - now, 10h + 30min);
}

TEST_F(QuietHours, an_edge_in_a_gap_is_the_gaps_end_and_in_an_overlap_the_later_one) {
    auto& quiet = add(nights(60, 150));  // 01:00 to 02:30
    quiet.zone = {"Europe/Berlin"};
    now = local("Europe/Berlin", 2026, 3, 29, 1, 0);
    EXPECT_EQ(due(message()), local("Europe/Berlin", 2026, 3, 29, 3, 0));
    now = local("Europe/Berlin", 2026, 10, 25, 1, 0);
    EXPECT_EQ(due(message()) - now, 2h + 30min);
    quiet = nights(130, 170);  // 02:10 to 02:50: not there in spring
    quiet.zone = {"Europe/Berlin"};
    rules.reset();
    now = local("Europe/Berlin", 2026, 3, 29, 3, 0);
    EXPECT_EQ(due(message()), now);
    EXPECT_EQ(ask(message()).ruling.action, Action::go);
}

TEST_F(QuietHours, tehran_before_and_after_it_gave_up_summer_time) {
    add(nights());
    now = tehran(2022, 3, 21, 23, 0);
    EXPECT_EQ(due(message()) - now, 8h + 30min);
    now = tehran(2022, 9, 21, 22, 0);
    EXPECT_EQ(due(message()) - now, 11h + 30min);
    now = tehran(2023, 3, 21, 23, 0);
    EXPECT_EQ(due(message()) - now, 9h + 30min);
}

TEST_F(QuietHours, lord_howe_new_york_and_the_day_that_apia_never_had) {
    auto& quiet = add(nights());
    quiet.zone = {"person"};
    now = local("Australia/Lord_Howe", 2026, 10, 3, 22, 0);
    EXPECT_EQ(due(living_in("Australia/Lord_Howe")) - now, 10h);
    now = local("Australia/Lord_Howe", 2027, 4, 3, 22, 0);
    EXPECT_EQ(due(living_in("Australia/Lord_Howe")) - now, 11h);
    now = local("America/New_York", 2026, 3, 7, 22, 30);
    EXPECT_EQ(due(living_in("America/New_York")) - now, 9h);
    now = local("America/New_York", 2026, 10, 31, 22, 30);
    EXPECT_EQ(due(living_in("America/New_York")) - now, 11h);
    now = local("Pacific/Apia", 2011, 12, 29, 22, 0);
    EXPECT_EQ(due(living_in("Pacific/Apia")) - now, 10h + 30min) << "the next morning is two dates later";
    now = local("Pacific/Apia", 2011, 12, 31, 22, 0);
    EXPECT_EQ(due(living_in("Pacific/Apia")) - now, 10h + 30min);
}

TEST_F(QuietHours, a_holiday_is_quiet_as_a_whole_or_in_its_own_hours) {
    auto& quiet = add(nights());
    quiet.holidays = "ir";
    now = tehran(2027, 3, 21, 12, 0);  // 1 Farvardin 1406, Nowruz: four days, and the night after
    EXPECT_EQ(due(message()), tehran(2027, 3, 25, 8, 30)) << "nobody is woken at midnight";
    now = tehran(2027, 3, 20, 23, 0);  // the night before
    EXPECT_EQ(due(message()), tehran(2027, 3, 25, 8, 30));
    quiet.on_holidays = {{0, 12 * 60}, {18 * 60, 24 * 60}};
    rules.reset();
    now = tehran(2027, 3, 21, 9, 0);
    EXPECT_EQ(due(message()), tehran(2027, 3, 21, 12, 0));
    EXPECT_NE(ask(message()).ruling.trace[0].detail.find("for Nowruz"), std::string::npos);
    now = tehran(2027, 3, 21, 13, 0);
    EXPECT_EQ(due(message()), now);
}

TEST_F(QuietHours, the_words_name_the_rule_and_its_edges) {
    add(nights());
    now = tehran(2026, 11, 22, 23, 0);
    const auto decision = ask(message(), true);
    EXPECT_EQ(decision.findings.back().words,
              "Quiet hours \"nights\" since Sun 2026-11-22 21:30 (Asia/Tehran); no window is open from Mon 2026-11-23 "
              "08:30 (Asia/Tehran) on.");
    EXPECT_EQ(decision.findings.back().rule, "nights");
    EXPECT_EQ(decision.findings.back().from, tehran(2026, 11, 22, 21, 30));
    EXPECT_EQ(decision.findings.back().next, tehran(2026, 11, 23, 8, 30));
}

}  // namespace
}  // namespace chapar::policy::test
