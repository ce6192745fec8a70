#include "policy/holidays.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "world.hpp"

namespace chapar::policy::test {
namespace {

std::int64_t day(int year, unsigned month, unsigned of_month) {
    return zone("Asia/Tehran")->local(tehran(year, month, of_month, 12)).day;
}

class Calendars : public testing::Test {
  protected:
    Calendars() {
        std::string pattern = testing::TempDir() + "chapar-calendar-XXXXXX";
        folder = ::mkdtemp(pattern.data());
    }
    ~Calendars() override { std::filesystem::remove_all(folder); }
    /// The error without the file's name before each place.
    std::string error_of(const std::string& text) {
        const auto path = folder + "/x.toml";
        std::ofstream(path) << text;
        const auto read = read_holidays(path);
        if (read.has_value()) return "";
        EXPECT_TRUE(read.error().is(Code::bad_calendar));
        auto message = read.error().message();
        for (std::size_t at; (at = message.find(path + ":")) != std::string::npos;)
            message.erase(at, path.size() + 1);
        return message;
    }
    std::string folder;
};

TEST_F(Calendars, iran_has_its_fixed_and_its_computed_days) {
    const auto iran = read_holidays(CHAPAR_SOURCE_DIR "/config/calendars/ir.toml");
    ASSERT_TRUE(iran.has_value()) << iran.error().message();
    const auto& days = **iran;
    EXPECT_EQ(days.name_of(day(2025, 3, 20)), "Last day of the year");  // 30 Esfand 1403
    EXPECT_EQ(days.name_of(day(2026, 3, 20)), "Nationalisation of the oil industry");
    EXPECT_EQ(days.name_of(day(2026, 3, 21)), "Nowruz");
    EXPECT_EQ(days.name_of(day(2026, 4, 2)), "Nature Day");
    EXPECT_FALSE(days.is_holiday(day(2026, 11, 22)));
    EXPECT_EQ(days.name_of(day(2024, 4, 10)), "Eid al-Fitr");
    EXPECT_EQ(days.name_of(day(2024, 6, 17)), "Eid al-Adha");
    EXPECT_EQ(days.name_of(day(2023, 7, 28)), "Ashura");
    EXPECT_FALSE(days.is_holiday(day(1999, 3, 21)));
    EXPECT_FALSE(days.is_holiday(day(2100, 3, 21)));
}

TEST_F(Calendars, the_lunar_days_are_within_a_day_of_the_official_ones) {
    const auto iran = read_holidays(CHAPAR_SOURCE_DIR "/config/calendars/ir.toml");
    ASSERT_TRUE(iran.has_value());
    for (const auto official :
         {day(2023, 4, 22), day(2023, 6, 29), day(2023, 9, 6), day(2024, 7, 16), day(2024, 8, 25), day(2025, 3, 31),
          day(2025, 6, 7), day(2025, 6, 14), day(2025, 7, 6), day(2025, 8, 14)}) {
        const auto& days = **iran;
        EXPECT_TRUE(days.is_holiday(official - 1) || days.is_holiday(official) || days.is_holiday(official + 1));
    }
}

TEST_F(Calendars, a_date_with_a_year_is_one_day_and_without_every_year) {
    const auto path = folder + "/x.toml";
    std::ofstream(path) << "[[day]]\nname = \"Once\"\njalali = \"1405-09-01\"\n[[day]]\nname = \"Leap\"\n"
                           "gregorian = \"02-29\"\n";
    const auto read = read_holidays(path);
    ASSERT_TRUE(read.has_value()) << read.error().message();
    EXPECT_EQ((*read)->name_of(day(2026, 11, 22)), "Once");
    EXPECT_FALSE((*read)->is_holiday(day(2025, 11, 22)));
    EXPECT_EQ((*read)->name_of(day(2028, 2, 29)), "Leap");
    EXPECT_FALSE((*read)->is_holiday(day(2027, 3, 1)));
}

TEST_F(Calendars, mistakes_are_told_with_their_place) {
    EXPECT_EQ(error_of("[[day]]\nname = \"a\"\njalaly = \"01-01\"\n"),
              "3:1: unknown key \"day.jalaly\"; did you mean \"jalali\"?\n"
              "1:1: a [[day]] needs a date: jalali, hijri or gregorian = \"MM-DD\"");
    EXPECT_EQ(error_of("[[day]]\njalali = \"01-01\"\n"), "1:1: a [[day]] needs a name");
    EXPECT_EQ(error_of("[[day]]\nname = \"a\"\njalali = \"12-31\"\n"),
              "3:10: day.jalali: \"12-31\" is no day: expected \"MM-DD\" or \"YYYY-MM-DD\" of that calendar");
    EXPECT_EQ(error_of("[[day]]\nname = \"a\"\nhijri = \"10-01\"\n"),
              "3:1: day.hijri: the official date can differ by a day; say computed = true");
    EXPECT_EQ(error_of("[[day]]\nname = \"a\"\njalali = \"01-01\"\ncomputed = true\n"),
              "3:1: day.computed: only a hijri date is computed");
    EXPECT_EQ(error_of("[[day]]\nname = \"a\"\njalali = \"01-01\"\ngregorian = \"01-01\"\n"),
              "3:1: a day has one date: gregorian or jalali");
    EXPECT_EQ(error_of("name = \"Iran\"\n"), "1:1: unknown key \"name\": a calendar holds [[day]] tables only");
    EXPECT_EQ(error_of("[[day]]\nname = \"a\"\njalali = 101\n"),
              "3:10: day.jalali: expected a text in quotes, found a whole number");
    EXPECT_NE(error_of("[[day]\n").find("1:7: not TOML"), std::string::npos);
    EXPECT_NE(error_of("").find("holds no [[day]]"), std::string::npos);
}

TEST_F(Calendars, a_quiet_rule_with_a_calendar_that_is_not_there_is_refused) {
    config::Settings settings;
    settings.policy.calendars_dir = folder;
    settings.quiet.push_back(nights());
    settings.quiet[0].holidays = "ir";
    auto compiled = compile(settings);
    ASSERT_FALSE(compiled.has_value());
    EXPECT_EQ(compiled.error().message(),
              folder + "/ir.toml: can't be read: No such file or directory (quiet rule \"nights\")");
    settings.quiet[0].holidays = "../ir";
    EXPECT_TRUE(compile(settings).error().is(Code::bad_calendar));
}

TEST_F(Calendars, zones_that_do_not_exist_are_refused_by_the_name_of_their_rule) {
    config::Settings settings;
    settings.quiet.push_back(nights());
    settings.quiet[0].zone = {"person", "Asia/Theran"};
    auto compiled = compile(settings);
    ASSERT_FALSE(compiled.has_value());
    EXPECT_TRUE(compiled.error().is(Code::unknown_zone));
    EXPECT_EQ(compiled.error().message(),
              "quiet rule \"nights\": there is no time zone \"Asia/Theran\"; did you mean Asia/Tehran?");
    settings.quiet.clear();
    settings.caps.push_back(calendar_cap("c", 1, config::Window::Unit::day));
    settings.caps[0].window.zone = "Mars/Olympus";
    EXPECT_TRUE(compile(settings).error().is(Code::unknown_zone));
    settings.caps.clear();
    settings.daemon.timezone = "GMT+3";
    EXPECT_TRUE(compile(settings).error().is(Code::unknown_zone));
}

}  // namespace
}  // namespace chapar::policy::test
