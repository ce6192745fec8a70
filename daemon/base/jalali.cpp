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

int jalali_month_days(std::int64_t year, int month) {
    if (month <= 6) return 31;
    if (month <= 11) return 30;
    return jalali_new_year(year + 1) - jalali_new_year(year) == 366 ? 30 : 29;
}

}  // namespace chapar::times
