#include "policy/zones.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "base/tzif.hpp"
#include "world.hpp"

namespace chapar::policy::test {
namespace {

using std::chrono::sys_days;
namespace cal = std::chrono;

std::int64_t day(int year, unsigned month, unsigned of_month) {
    return sys_days(cal::year(year) / static_cast<int>(month) / static_cast<int>(of_month)).time_since_epoch().count();
}
Timestamp utc(int y, unsigned m, unsigned d, int hour = 0, int minute = 0) {
    return from_ms((day(y, m, d) * 1440 + hour * 60 + minute) * 60'000);
}
Edges hours_of(std::string_view name, Timestamp at) { return calendar_window(*zone(name), at, Unit::hour, false, 6); }
Edges day_of(std::string_view name, Timestamp at) { return calendar_window(*zone(name), at, Unit::day, false, 6); }

TEST(zones, a_name_that_does_not_exist_is_no_zone) {
    for (const auto* name : {"", "Foo/Bar", "GMT+3", "UTC+03:30", "../etc/passwd", "asia/tehran", "posix/Asia/Tehran",
                             "/usr/share/zoneinfo/Asia/Tehran", "Asia", "Asia/Tehran/..", "tzdata.zi", "Factory"}) {
        EXPECT_EQ(zone(name), nullptr) << name;
    }
    EXPECT_EQ(zone("Asia/Tehran"), zone("Asia/Tehran"));
    EXPECT_EQ(zone("Iran")->local(from_ms(0)).millisecond, 12'600'000);
}

TEST(zones, tehran_has_summer_time_until_2022_and_none_after) {
    const auto* tehran_zone = zone("Asia/Tehran");
    EXPECT_EQ(tehran_zone->local(utc(2022, 7, 1)).millisecond, (4 * 60 + 30) * 60'000);
    EXPECT_EQ(tehran_zone->local(utc(2023, 7, 1)).millisecond, (3 * 60 + 30) * 60'000);
    EXPECT_EQ(tehran_zone->local(utc(2030, 7, 1)).millisecond, (3 * 60 + 30) * 60'000);
    // 1 Farvardin 1401 at 24:00 the clock went to 01:00 of the 2nd.
    EXPECT_EQ(tehran_zone->at(day(2022, 3, 22), 30), utc(2022, 3, 21, 20, 30));
    EXPECT_EQ(tehran_zone->at(day(2022, 3, 22), 60), utc(2022, 3, 21, 20, 30));
    // 30 Shahrivar had 25 hours: at 24:00 it was 23:00 again.
    const auto long_day = day_of("Asia/Tehran", utc(2022, 9, 21, 19, 40));
    EXPECT_EQ(long_day.to - long_day.from, 25h);
    EXPECT_EQ(tehran_zone->at(day(2022, 9, 21), 23 * 60 + 30), utc(2022, 9, 21, 19, 0));
    EXPECT_EQ(tehran_zone->at_last(day(2022, 9, 21), 23 * 60 + 30), utc(2022, 9, 21, 20, 0));
}

TEST(zones, countries_that_gave_up_summer_time_lately_are_known) {
    EXPECT_EQ(zone("America/Mexico_City")->local(utc(2025, 7, 15, 12)).millisecond, 6 * 3'600'000);
    EXPECT_EQ(zone("Asia/Amman")->local(utc(2025, 1, 15, 12)).millisecond, 15 * 3'600'000);
}

TEST(zones, a_gap_is_passed_at_its_end_and_an_overlap_has_two_moments) {
    const auto* berlin = zone("Europe/Berlin");
    EXPECT_EQ(berlin->at(day(2026, 3, 29), 150), utc(2026, 3, 29, 1, 0));
    EXPECT_EQ(berlin->at_last(day(2026, 3, 29), 150), utc(2026, 3, 29, 1, 0));
    EXPECT_EQ(berlin->at(day(2026, 10, 25), 150), utc(2026, 10, 25, 0, 30));
    EXPECT_EQ(berlin->at_last(day(2026, 10, 25), 150), utc(2026, 10, 25, 1, 30));
    EXPECT_EQ(berlin->at(day(2026, 10, 25), 180), utc(2026, 10, 25, 2, 0));
    EXPECT_EQ(berlin->at_last(day(2026, 10, 25), 120), utc(2026, 10, 25, 1, 0));
    const auto* york = zone("America/New_York");
    EXPECT_EQ(york->at(day(2026, 3, 8), 150), utc(2026, 3, 8, 7, 0));
    EXPECT_EQ(york->at(day(2026, 11, 1), 90), utc(2026, 11, 1, 5, 30));
    EXPECT_EQ(york->at_last(day(2026, 11, 1), 90), utc(2026, 11, 1, 6, 30));
}

TEST(zones, rules_go_on_after_the_years_that_the_file_writes_out) {
    EXPECT_EQ(zone("Europe/Berlin")->local(utc(2060, 7, 1)).millisecond, 2 * 3'600'000);
    EXPECT_EQ(zone("Europe/Berlin")->local(utc(2060, 1, 1)).millisecond, 1 * 3'600'000);
    EXPECT_EQ(zone("Europe/Dublin")->local(utc(2060, 7, 1)).millisecond, 1 * 3'600'000);
    EXPECT_EQ(zone("Australia/Lord_Howe")->local(utc(2060, 1, 1)).millisecond, 11 * 3'600'000);
}

TEST(zones, lord_howe_moves_by_half_an_hour) {
    // 4 April 2027, 02:00 +11 becomes 01:30 +10:30.
    const auto change = utc(2027, 4, 3, 15, 0);
    const auto first = hours_of("Australia/Lord_Howe", change - 10min);
    EXPECT_EQ(first.to - first.from, 90min);
    EXPECT_EQ(first.from, change - 1h);
    EXPECT_EQ(hours_of("Australia/Lord_Howe", change + 10min).from, first.from);
    // 4 October 2026, 02:00 becomes 02:30.
    const auto gap = utc(2026, 10, 3, 15, 30);
    const auto second = hours_of("Australia/Lord_Howe", gap + 10min);
    EXPECT_EQ(second.from, gap);
    EXPECT_EQ(second.to - second.from, 30min);
}

TEST(zones, apia_has_no_30_december_2011) {
    const auto before = day_of("Pacific/Apia", utc(2011, 12, 30, 9, 0));
    EXPECT_EQ(before.to, utc(2011, 12, 30, 10, 0));
    const auto after = day_of("Pacific/Apia", before.to);
    EXPECT_EQ(after.from, before.to);
    EXPECT_EQ(zone("Pacific/Apia")->local(after.from).day, day(2011, 12, 31));
    EXPECT_EQ(after.to - after.from, 24h);
}

TEST(zones, hours_of_half_hour_zones_begin_on_the_wall) {
    const auto kolkata = hours_of("Asia/Kolkata", utc(2026, 5, 1, 10, 45));
    EXPECT_EQ(kolkata.from, utc(2026, 5, 1, 10, 30));
    EXPECT_EQ(kolkata.to, utc(2026, 5, 1, 11, 30));
    EXPECT_EQ(hours_of("Asia/Kathmandu", utc(2026, 5, 1, 10, 45)).from, utc(2026, 5, 1, 10, 15));
}

TEST(zones, an_overlap_over_midnight_does_not_open_the_old_day_again) {
    // Havana, 1 November 2026: 01:00 becomes 00:00. Its day is 25 hours long and whole.
    const auto fall = day_of("America/Havana", utc(2026, 11, 1, 5, 30));
    EXPECT_EQ(fall.from, utc(2026, 11, 1, 4, 0));
    EXPECT_EQ(fall.to - fall.from, 25h);
    // St. John's, 28 October 2006: at 00:01 of the 29th it was 23:01 of the 28th again.
    const auto midnight = utc(2006, 10, 29, 2, 30);
    EXPECT_EQ(day_of("America/St_Johns", midnight - 1min).to, midnight);
    EXPECT_EQ(day_of("America/St_Johns", midnight + 30min).from, midnight);
    EXPECT_EQ(zone("America/St_Johns")->local(midnight + 30min).day, day(2006, 10, 28));
}

TEST(zones, windows_follow_each_other_without_hole_or_overlap) {
    for (const auto* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Tehran", "Pacific/Apia",
                             "America/St_Johns", "Africa/Casablanca", "Asia/Kathmandu"}) {
        for (const auto unit : {Unit::hour, Unit::day, Unit::week, Unit::month}) {
            auto at = utc(2006, 1, 1);
            auto edges = calendar_window(*zone(name), at, unit, unit == Unit::month, 6);
            const auto end = unit == Unit::hour ? utc(2006, 12, 31) : utc(2030, 1, 1);
            while (edges.to < end) {
                EXPECT_LT(edges.from, edges.to);
                const auto next = calendar_window(*zone(name), edges.to, unit, unit == Unit::month, 6);
                ASSERT_EQ(next.from, edges.to) << name;
                const auto inside = calendar_window(*zone(name), edges.to - 1ms, unit, unit == Unit::month, 6);
                ASSERT_EQ(inside.from, edges.from) << name;
                edges = next;
            }
        }
    }
}

TEST(zones, the_week_begins_when_the_rule_says) {
    const auto at = tehran(2026, 11, 22, 12);  // a Sunday
    EXPECT_EQ(calendar_window(*zone("Asia/Tehran"), at, Unit::week, false, 6).from, tehran(2026, 11, 21));
    EXPECT_EQ(calendar_window(*zone("Asia/Tehran"), at, Unit::week, false, 0).from, tehran(2026, 11, 22));
    EXPECT_EQ(calendar_window(*zone("Asia/Tehran"), at, Unit::week, false, 1).from, tehran(2026, 11, 16));
    EXPECT_EQ(calendar_window(*zone("Asia/Tehran"), at, Unit::week, false, 6).to, tehran(2026, 11, 28));
}

TEST(zones, a_phone_number_gives_a_zone_only_where_the_country_has_one) {
    EXPECT_EQ(zone_of_phone("+989121234567"), "Asia/Tehran");
    EXPECT_EQ(zone_of_phone("+4915112345678"), "Europe/Berlin");
    EXPECT_EQ(zone_of_phone("+97150000000"), "Asia/Dubai");
    for (const auto* several : {"+12125550100", "+79161234567", "+61412345678", "+5511912345678", "+34600000000", "",
                                "+", "98912", "+999123"}) {
        EXPECT_EQ(zone_of_phone(several), "") << several;
    }
    for (int code = 20; code < 1000; ++code) {
        const auto name = zone_of_phone("+" + std::to_string(code) + "5551234");
        EXPECT_TRUE(name.empty() || zone(name) != nullptr) << name;
    }
}

TEST(zones, many_threads_may_ask_for_the_same_names) {
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&wrong] {
            for (const auto* name : {"Europe/Paris", "Asia/Tokyo", "No/Where", "Africa/Cairo", "America/Lima"}) {
                const auto* found = zone(name);
                wrong += found != zone(name) || (found == nullptr) != (std::string_view(name) == "No/Where") ? 1 : 0;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
}

TEST(zones, a_damaged_file_is_no_zone) {
    EXPECT_FALSE(times::parse_tzif(""));
    EXPECT_FALSE(
        times::parse_tzif("TZif2 and then nothing of what should come, though it is long enough for a header"));
    times::ZoneTable table{{0}, {0}, {{}}};
    for (const auto* bad : {"", "X", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0/3",
                            "CET-1CEST,M3.5.0,M10.5.0/3x"})
        EXPECT_FALSE(times::extend(table, bad)) << bad;
    EXPECT_EQ(table.starts.size(), 1U);
    EXPECT_TRUE(times::extend(table, "<+0330>-3:30"));
}

}  // namespace
}  // namespace chapar::policy::test
