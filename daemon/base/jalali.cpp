#include "base/jalali.hpp"

namespace chapar::times {
namespace {

constexpr std::int64_t first_day = 1948320 - 2440588;  // 1 Farvardin of year 1

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

int days_before_month(int month) { return month <= 7 ? 31 * (month - 1) : 30 * (month - 1) + 6; }

}  // namespace

std::int64_t jalali_new_year(std::int64_t year) { return first_day + 365 * (year - 1) + floor_div(8 * year + 21, 33); }

std::int64_t jalali_day(std::int64_t year, int month, int day) {
    return jalali_new_year(year) + days_before_month(month) + day - 1;
}

JalaliDate jalali_date(std::int64_t day) {
    constexpr std::int64_t cycle_years = 33, cycle_days = cycle_years * 365 + 8;
    JalaliDate out;
    out.year = floor_div((day - first_day) * cycle_years, cycle_days) + 2;  // at most one or two too late
    while (jalali_new_year(out.year) > day)
        --out.year;
    const auto left = static_cast<int>(day - jalali_new_year(out.year));
    out.month = left < 186 ? left / 31 + 1 : (left - 186) / 30 + 7;
    out.day = (left < 186 ? left % 31 : (left - 186) % 30) + 1;
    return out;
}

bool is_jalali_leap(std::int64_t year) { return jalali_new_year(year + 1) - jalali_new_year(year) == 366; }

int jalali_month_days(std::int64_t year, int month) {
    if (month <= 6) return 31;
    if (month <= 11) return 30;
    return is_jalali_leap(year) ? 30 : 29;
}

}  // namespace chapar::times
