#include "base/jalali.hpp"

#include <gtest/gtest.h>

#include "world.hpp"

namespace chapar::policy::test {
namespace {

Edges month(Timestamp at) { return calendar_window(*zone("Asia/Tehran"), at, Unit::month, true, 6); }

TEST(jalali, known_new_years_fall_on_their_days) {
    struct Known {
        int year;
        Timestamp day;
    };
    for (const auto& known :
         {Known{1300, tehran(1921, 3, 21)}, Known{1349, tehran(1970, 3, 21)}, Known{1357, tehran(1978, 3, 21)},
          Known{1376, tehran(1997, 3, 21)}, Known{1399, tehran(2020, 3, 20)}, Known{1403, tehran(2024, 3, 20)},
          Known{1404, tehran(2025, 3, 21)}, Known{1405, tehran(2026, 3, 21)}, Known{1408, tehran(2029, 3, 20)},
          Known{1409, tehran(2030, 3, 21)}}) {
        EXPECT_EQ(times::jalali_day({known.year, 1, 1}), zone("Asia/Tehran")->local(known.day).day) << known.year;
    }
    for (const int leap : {1354, 1358, 1362, 1366, 1370, 1375, 1379, 1383, 1387, 1391, 1395, 1399, 1403, 1408})
        EXPECT_TRUE(times::is_jalali_leap(leap)) << leap;
    for (const int common : {1371, 1374, 1400, 1401, 1402, 1404, 1405, 1407})
        EXPECT_FALSE(times::is_jalali_leap(common)) << common;
}

TEST(jalali, every_day_of_1300_to_1499_goes_there_and_back) {
    auto day = times::jalali_day({1300, 1, 1});
    for (int year = 1300; year < 1500; ++year) {
        for (int m = 1; m <= 12; ++m) {
            for (int d = 1; d <= times::jalali_month_days(year, m); ++d, ++day) {
                ASSERT_EQ(times::jalali_day({year, m, d}), day);
                ASSERT_EQ(times::jalali_date(day), (times::JalaliDate{year, m, d}));
            }
        }
    }
    EXPECT_EQ(day, times::jalali_day({1500, 1, 1}));
}

TEST(jalali, month_windows_have_31_30_29_and_in_leap_years_30_days) {
    EXPECT_EQ(month(tehran(2024, 3, 25)).from, tehran(2024, 3, 20));
    EXPECT_EQ(month(tehran(2024, 3, 25)).to, tehran(2024, 4, 20));  // Farvardin 1403
    EXPECT_EQ(month(tehran(2024, 10, 1)).from, tehran(2024, 9, 22));
    EXPECT_EQ(month(tehran(2024, 10, 1)).to, tehran(2024, 10, 22));  // Mehr
    EXPECT_EQ(month(tehran(2025, 3, 20, 23, 59)).from, tehran(2025, 2, 19));
    EXPECT_EQ(month(tehran(2025, 3, 20, 23, 59)).to, tehran(2025, 3, 21));  // Esfand 1403, 30 days
    EXPECT_EQ(month(tehran(2026, 3, 20, 23, 59)).to - month(tehran(2026, 3, 20)).from, 24h * 29);  // Esfand 1404
    EXPECT_EQ(month(tehran(2026, 3, 21)).from, tehran(2026, 3, 21));
}

TEST(jalali, a_gregorian_month_stays_gregorian) {
    const auto edges = calendar_window(*zone("Asia/Tehran"), tehran(2024, 2, 29), Unit::month, false, 6);
    EXPECT_EQ(edges.from, tehran(2024, 2, 1));
    EXPECT_EQ(edges.to, tehran(2024, 3, 1));
}

}  // namespace
}  // namespace chapar::policy::test
