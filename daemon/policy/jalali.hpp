#pragma once
// The Solar Hijri calendar between 1210 and 1634 (AD 1831 to 2256), in which its leap years follow a cycle of 33 years.
// Days are counted from 1970-01-01. Pure.

#include <cstdint>

namespace chapar::policy {

struct JalaliDate {
    int year = 0, month = 1, day = 1;
    bool operator==(const JalaliDate&) const = default;
};

bool is_jalali_leap(int year);
int jalali_month_days(int year, int month);
std::int64_t jalali_day(JalaliDate date);
JalaliDate jalali_date(std::int64_t day);

}  // namespace chapar::policy
