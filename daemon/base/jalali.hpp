#pragma once
// Days of the Iranian calendar, whose leap years follow a cycle of 33 years; that is the official calendar in every
// year from 1178 to 1633. Days are counted from 1970-01-01. Pure.

#include <cstdint>

namespace chapar::times {

/// Years that people write in this calendar, and in no other.
inline constexpr std::int64_t first_jalali_year = 1200, last_jalali_year = 1599;
constexpr bool is_jalali_year(std::int64_t year) { return year >= first_jalali_year && year <= last_jalali_year; }

struct JalaliDate {
    std::int64_t year = 1;
    int month = 1, day = 1;
    bool operator==(const JalaliDate&) const = default;
};

/// 1 Farvardin of `year`.
std::int64_t jalali_new_year(std::int64_t year);
std::int64_t jalali_day(std::int64_t year, int month, int day);
inline std::int64_t jalali_day(const JalaliDate& date) { return jalali_day(date.year, date.month, date.day); }
JalaliDate jalali_date(std::int64_t day);
bool is_jalali_leap(std::int64_t year);
int jalali_month_days(std::int64_t year, int month);

}  // namespace chapar::times
