// The Iranian calendar against ICU's, and against the official list of long years.
#include "render/l10n/jalali.hpp"

#include <gtest/gtest.h>
#include <unicode/calendar.h>
#include <unicode/timezone.h>

#include <memory>
#include <set>

namespace chapar::render {
namespace {

/// The years of 366 days as the Institute of Geophysics of the University of Tehran lists them.
const std::set<int> long_years = {1300, 1304, 1309, 1313, 1317, 1321, 1325, 1329, 1333, 1337, 1342, 1346, 1350,
                                  1354, 1358, 1362, 1366, 1370, 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403,
                                  1408, 1412, 1416, 1420, 1424, 1428, 1432, 1436, 1441, 1445, 1449, 1453, 1457,
                                  1461, 1465, 1469, 1474, 1478, 1482, 1486, 1490, 1494, 1498};

TEST(Jalali, every_day_of_two_centuries_is_that_of_icu) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::Calendar> calendar(
        icu::Calendar::createInstance(icu::TimeZone::getGMT()->clone(), icu::Locale("fa_IR@calendar=persian"), status));
    ASSERT_TRUE(U_SUCCESS(status));
    int days = 0;
    for (auto day = days_from_jalali(1300, 1, 1); day < days_from_jalali(1500, 1, 1); ++day, ++days) {
        calendar->setTime(static_cast<UDate>(day) * 86400000, status);
        const auto date = jalali_from_days(day);
        ASSERT_EQ(date.year, calendar->get(UCAL_YEAR, status)) << day;
        ASSERT_EQ(date.month, calendar->get(UCAL_MONTH, status) + 1) << day;
        ASSERT_EQ(date.day, calendar->get(UCAL_DATE, status)) << day;
        ASSERT_EQ(date.day_of_year, calendar->get(UCAL_DAY_OF_YEAR, status)) << day;
        ASSERT_EQ(days_from_jalali(date.year, date.month, date.day), day);
    }
    EXPECT_EQ(days, 200 * 365 + 49);
    ASSERT_TRUE(U_SUCCESS(status));
}

TEST(Jalali, long_years_are_the_official_ones) {
    for (int year = 1300; year < 1500; ++year)
        EXPECT_EQ(is_long_jalali_year(year), long_years.contains(year)) << year;
}

TEST(Jalali, known_days) {
    EXPECT_EQ(jalali_from_days(0), (JalaliDate{1348, 10, 11, 287}));  // 1970-01-01
    EXPECT_EQ(jalali_from_days(liquid::days_from_civil(1979, 2, 11)), (JalaliDate{1357, 11, 22, 328}));
    EXPECT_EQ(jalali_from_days(liquid::days_from_civil(2025, 3, 20)), (JalaliDate{1403, 12, 30, 366}));
    EXPECT_EQ(jalali_from_days(liquid::days_from_civil(2025, 3, 21)), (JalaliDate{1404, 1, 1, 1}));
}

std::string shown(std::string_view format, std::string_view names, std::string_view digits,
                  std::int64_t seconds = 1721989205, std::int32_t offset = 12600) {
    std::string out;
    format_jalali(out, {seconds, 0, offset, ""}, format, {names, digits});
    return out;
}

TEST(Jalali, formats) {  // 2024-07-26 10:20:05 UTC, a Friday; half past three hours later in Tehran
    EXPECT_EQ(shown("%Y/%m/%d %H:%M:%S", "en", "en"), "1403/05/05 13:50:05");
    EXPECT_EQ(shown("%A %e %B %Y", "fa", "fa"), "جمعه  ۵ مرداد ۱۴۰۳");
    EXPECT_EQ(shown("%A %-d %B %y", "en", "en"), "Friday 5 Mordad 03");
    EXPECT_EQ(shown("%-I:%M %p %z", "fa", "fa"), "۱:۵۰ بعدازظهر +۰۳۳۰");
    EXPECT_EQ(shown("%j %u %w %s %F %T %R %%", "en", "en"), "129 5 5 1721989205 1403-05-05 13:50:05 13:50 %");
    EXPECT_EQ(shown("%q %", "en", "en"), "%q %");
    EXPECT_EQ(shown("%Y/%m/%d", "en", "en", 1721989205, 43200), "1403/05/05");
    EXPECT_EQ(shown("%Y/%m/%d", "en", "en", 1721989205, 14 * 3600), "1403/05/06");
}

}  // namespace
}  // namespace chapar::render
