// Numbers, dates and zones as people write them.
#include "base/written_number.hpp"
#include "base/written_time.hpp"
#include "base/zones.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

namespace chapar::written {
namespace {

std::string number(std::string_view text) { return read_number(text).value_or("none"); }

TEST(Written, numbers_in_either_digits_with_their_separators) {
    for (const auto* text :
         {"12000", "۱۲۰۰۰", "١٢٠٠٠", "12,000", "۱۲٬۰۰۰", "۱۲,۰۰۰", "۱۲،۰۰۰", "12_000", "12 000", "12\u00A0000",
          "12\u202F000", " 12,000 ", "+12,000", "12'000", "\u200F۱۲٬۰۰۰\u200F", "۱2۰۰0", "12\u2009000"})
        EXPECT_EQ(number(text), "12000") << text;
    for (const auto* text : {"1250000.5", "1,250,000.5", "۱٬۲۵۰٬۰۰۰٫۵", "1.250.000,5", "1 250 000.5", "۱۲۵۰۰۰۰٫۵",
                             "١٬٢٥٠٬٠٠٠٫٥", "12,50,000.5"})
        EXPECT_EQ(number(text), "1250000.5") << text;
    EXPECT_EQ(number("-12"), "-12");
    EXPECT_EQ(number("−۱۲"), "-12");
    EXPECT_EQ(number("1.250"), "1.250");
    EXPECT_EQ(number(".5"), "0.5");
    EXPECT_EQ(number("۱۲٫۰۰۰"), "12.000");
    EXPECT_EQ(number("1.250.000"), "1250000");
    EXPECT_EQ(number("1.250,50"), "1250.50");
}

TEST(Written, what_is_no_number_or_could_be_two_is_none) {
    for (const auto* text :
         {"",  " ",         "12,5",  "1,50", "12,00,0", "021 888 000", "021-8888",      "12 50",       "1405/12/29",
          "x", "12x",       "--5",   "12.",  "1..2",    "1,,000",      "1,250.000.000", "12000 تومان", "1٫2٫3",
          "-", "1 250,500", "0,500", "1e5"})
        EXPECT_EQ(number(text), "none") << text;
}

TEST(Written, percentages) {
    for (const auto* text : {"20%", "۲۰٪", "٪۲۰", "20 %", "٢٠٪", "۲۰ درصد", "%20"}) {
        const auto read = read_percent(text);
        ASSERT_TRUE(read) << text;
        EXPECT_TRUE(read->has_sign) << text;
        EXPECT_EQ(read->number, "20") << text;
    }
    EXPECT_FALSE(read_percent("20")->has_sign);
    EXPECT_FALSE(read_percent("%"));
}

/// "2027-03-20 09:30:00 +12600", what is missing left out.
std::string when(std::string_view text) {
    const auto read = read_time(text);
    if (const auto* problem = std::get_if<TimeProblem>(&read))
        return fmt::format("{}: {}", problem->column, problem->sentence);
    if (std::holds_alternative<NoTime>(read)) return "none";
    const auto& time = std::get<Time>(read);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(time.day))};
    auto out = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                           static_cast<unsigned>(date.day()));
    if (time.second_of_day)
        out += fmt::format(" {:02}:{:02}:{:02}", *time.second_of_day / 3600, *time.second_of_day / 60 % 60,
                           *time.second_of_day % 60);
    if (time.offset) out += fmt::format(" {:+}", *time.offset);
    return out;
}

TEST(Written, a_year_of_the_iranian_calendar_is_iranian_in_either_digits) {
    for (const auto* text : {"1405/12/29", "1405-12-29", "1405.12.29", "۱۴۰۵/۱۲/۲۹", "۱۴۰۵-۱۲-۲۹", "١٤٠٥/١٢/٢٩",
                             " 1405/12/29 ", "۱۴۰۵ / ۱۲ / ۲۹", "14051229", "۱۴۰۵۱۲۲۹", "۲۹ اسفند ۱۴۰۵",
                             "29 Esfand 1405", "۲۹ اسفندماه ۱۴۰۵", "\u200F۱۴۰۵/۱۲/۲۹", "۱۴۰۵؍۱۲؍۲۹"})
        EXPECT_EQ(when(text), "2027-03-20") << text;
    EXPECT_EQ(when("1405/1/1"), "2026-03-21");
    EXPECT_EQ(when("1403/12/30"), "2025-03-20");  // a long year
    EXPECT_EQ(when("1200/1/1"), "1821-03-21");
    EXPECT_EQ(when("1599/12/29").substr(0, 4), "2221");
    EXPECT_EQ(when("۲۰ دي ۱۴۰۴"), "2026-01-10");  // with an Arabic letter
}

TEST(Written, iso_in_either_digits) {
    for (const auto* text : {"2026-12-01", "2026/12/01", "2026.12.1", "۲۰۲۶-۱۲-۰۱", "20261201"})
        EXPECT_EQ(when(text), "2026-12-01") << text;
    EXPECT_EQ(when("1600-01-01"), "1600-01-01");
    EXPECT_EQ(when("1199-01-01"), "1199-01-01");
}

TEST(Written, with_a_time) {
    for (const auto* text : {"1405/09/10 09:00", "1405-09-10T09:00", "۱۴۰۵/۰۹/۱۰ ۰۹:۰۰", "۱۴۰۵/۹/۱۰ ساعت ۹:۰۰",
                             "۱۴۰۵/۰۹/۱۰، ۰۹:۰۰", "1405/09/10 - 09:00:00", "2026-12-01 9:00", "2026-12-01T0900",
                             "2026-12-01 9 am", "۱۴۰۵/۰۹/۱۰ ۹ صبح", "1405/09/10,09:00"})
        EXPECT_EQ(when(text), "2026-12-01 09:00:00") << text;
    EXPECT_EQ(when("2026-12-01 09:00 pm"), "2026-12-01 21:00:00");
    EXPECT_EQ(when("1405/09/10 9:00 ب.ظ"), "2026-12-01 21:00:00");
    EXPECT_EQ(when("2026-12-01T09:00:00+03:30"), "2026-12-01 09:00:00 +12600");
    EXPECT_EQ(when("1405-09-10T09:00:00.250Z"), "2026-12-01 09:00:00 +0");
    EXPECT_EQ(when("1405/09/10 09:00 -0330"), "2026-12-01 09:00:00 -12600");
    EXPECT_EQ(when("2026-12-01 24:00"), "2026-12-01 24:00:00");
}

TEST(Written, what_could_be_another_day_is_a_problem_with_its_place) {
    EXPECT_EQ(when("1405/12/30"), "9: month 12 of 1405 has 29 days");
    EXPECT_EQ(when("۱۴۰۵/۱۳/۰۱"), "6: there is no month 13");
    EXPECT_EQ(when("1405/07/31"), "9: month 7 of 1405 has 30 days");
    EXPECT_EQ(when("2026-02-30"), "9: month 2 of 2026 has 28 days");
    EXPECT_EQ(when("29/12/1405"), "7: a date of the year 1405 is written 1405/MONTH/DAY");
    EXPECT_EQ(when("۲۹-۱۲-۱۴۰۵"), "7: a date of the year 1405 is written 1405/MONTH/DAY");
    EXPECT_EQ(when("05/12/29"), "1: a year has four digits: YEAR/MONTH/DAY");
    EXPECT_EQ(when("12/05/2026"), "1: 12/05 could be two days: the year comes first");
    EXPECT_EQ(when("1405/12"), "1: a date of the year 1405 is written 1405/MONTH/DAY");
    EXPECT_EQ(when("1405/12-29"), "1: a date of the year 1405 is written 1405/MONTH/DAY");
    EXPECT_EQ(when("۲۹ اسفند"), "4: a date of the Iranian calendar is written YEAR/MONTH/DAY");
    EXPECT_EQ(when("Esfand 29, 1405"), "12: a date of the year 1405 is written 1405/MONTH/DAY");
    EXPECT_EQ(when("1405/12/29 25:00"), "12: there is no hour 25");
    EXPECT_EQ(when("1405/12/29 09:61"), "12: minutes and seconds end at 59");
    EXPECT_EQ(when("1405/12/29 soon"), "12: a time such as 09:00 is expected here");
    EXPECT_EQ(when("1405/12/291"), "9: month 12 of 1405 has 29 days");
    EXPECT_EQ(when("2026-12-01 09:00 somewhere"), "18: nothing is expected after the time");
}

TEST(Written, other_texts_are_no_date_of_this_kind) {
    for (const auto* text : {"", "فردا", "tomorrow", "15 June 2020", "1721989205", "09:00", "15/06/2020", "2026-W05"})
        EXPECT_EQ(when(text), "none") << text;
}

}  // namespace
}  // namespace chapar::written

namespace chapar::times {
namespace {

TEST(Zones, the_systems_database_is_the_source) {
    const auto offset = [](std::string_view name, std::int64_t at) { return zone_clock(name)->wall(at).offset; };
    EXPECT_EQ(offset("America/Mexico_City", 1782918000), -6 * 3600);  // 1 July 2026: no summer time any more
    EXPECT_EQ(offset("Asia/Tehran", 1782918000), 12600);
    EXPECT_EQ(offset("Asia/Tehran", 278726400), 4 * 3600);  // 1 November 1978
    EXPECT_EQ(offset("Asia/Tehran", 279936000), 12600);     // two weeks later: the clocks went back on the 10th
    EXPECT_EQ(offset("Asia/Amman", 1736942400), 3 * 3600);
    EXPECT_EQ(zone_clock("Asia/Tehran")->wall(1655000000).name, "+0430");
    EXPECT_TRUE(zone_clock("Asia/Tehran")->wall(1655000000).is_summer);
    EXPECT_EQ(zone_clock("Europe/Berlin")->wall(4'118'000'000).name, "CEST");  // by the rule, in 2100
}

TEST(Zones, a_wall_is_a_moment) {
    const auto& berlin = *zone_clock("Europe/Berlin");
    EXPECT_EQ(berlin.moment(1711846800), 1711846800 - 3600 - 0) << "01:00 before the gap";
    EXPECT_EQ(berlin.moment(1711852200), 1711848600) << "02:30 does not exist; 03:30 is as late";
    EXPECT_EQ(berlin.wall(berlin.moment(1711852200)).offset, 7200);
    EXPECT_EQ(berlin.moment(1729996200), 1729989000) << "02:30 comes twice: the first";
    EXPECT_EQ(berlin.moment(1730005200), 1730001600) << "05:00 in winter";
}

TEST(Zones, a_name_that_is_none_meets_the_nearest) {
    for (const auto* name : {"Tehran", "tehran", "Asia/Teheran", "asia/tehran", "Asia/tehran", "ASIA/TEHRAN", "Teheran",
                             "IRST", "Asia/Tehrann", "+03:30", "تهران", "Asia\\Tehran"}) {
        EXPECT_EQ(zone_clock(name), nullptr) << name;
        EXPECT_EQ(nearest_zone(name), "Asia/Tehran") << name;
    }
    EXPECT_EQ(nearest_zone("New York"), "America/New_York");
    EXPECT_EQ(nearest_zone("america/mexico-city"), "America/Mexico_City");
    EXPECT_EQ(nearest_zone("Berlin"), "Europe/Berlin");
    EXPECT_EQ(nearest_zone("Europe/Istambul"), "Europe/Istanbul");
    EXPECT_EQ(nearest_zone("Dubai"), "Asia/Dubai");
    EXPECT_EQ(nearest_zone("Kabul"), "Asia/Kabul");
    EXPECT_EQ(nearest_zone("quite another thing"), "");
    EXPECT_EQ(zone_problem("Asia/Teheran"), "there is no time zone \"Asia/Teheran\"; did you mean Asia/Tehran?");
    EXPECT_EQ(zone_problem("Asia/Tehran"), "");
    EXPECT_EQ(zone_problem("../../etc/passwd").substr(0, 21), "there is no time zone");
}

}  // namespace
}  // namespace chapar::times
