#include "policy/jalali.hpp"

namespace chapar::policy {
namespace {

constexpr int cycle_start = 1210;
constexpr int cycle_years = 33, cycle_leaps = 8;
constexpr std::int64_t cycle_days = cycle_years * 365 + cycle_leaps;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Leap days in the first `n` years of a cycle (n < 33): years 0, 4, 8, ... 28 have one.
constexpr std::int64_t leaps_within(std::int64_t n) { return (n + 3) / 4; }

/// 1 Farvardin.
constexpr std::int64_t days_before(int year) {
    const int from = year - cycle_start;
    std::int64_t cycle = from / cycle_years, within = from % cycle_years;
    if (within < 0) {
        within += cycle_years;
        --cycle;
    }
    return cycle * cycle_days + within * 365 + leaps_within(within);
}

constexpr std::int64_t epoch_1403 = 19'802;  // 20 March 2024
constexpr std::int64_t start = epoch_1403 - days_before(1403);

}  // namespace

bool is_jalali_leap(int year) { return days_before(year + 1) - days_before(year) == 366; }

int jalali_month_days(int year, int month) {
    if (month <= 6) return 31;
    if (month <= 11) return 30;
    return is_jalali_leap(year) ? 30 : 29;
}

std::int64_t jalali_day(JalaliDate date) {
    const int before = date.month <= 7 ? (date.month - 1) * 31 : 186 + (date.month - 7) * 30;
    return start + days_before(date.year) + before + date.day - 1;
}

JalaliDate jalali_date(std::int64_t day) {
    JalaliDate out;
    out.year = cycle_start + static_cast<int>(floor_div((day - start) * cycle_years, cycle_days)) + 1;
    while (start + days_before(out.year) > day)
        --out.year;
    const auto left = static_cast<int>(day - start - days_before(out.year));
    out.month = left < 186 ? left / 31 + 1 : (left - 186) / 30 + 7;
    out.day = (left < 186 ? left % 31 : (left - 186) % 30) + 1;
    return out;
}

}  // namespace chapar::policy
