#include "policy/hijri.hpp"

#include <unicode/calendar.h>
#include <unicode/locid.h>
#include <unicode/timezone.h>

#include <algorithm>
#include <cmath>

namespace chapar::policy {

struct HijriCalendar::Impl {
    std::unique_ptr<icu::Calendar> calendar;
};

HijriCalendar::HijriCalendar() : impl_(std::make_unique<Impl>()) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Locale locale("en@calendar=islamic-civil");
    std::unique_ptr<icu::Calendar> made(icu::Calendar::createInstance(*icu::TimeZone::getGMT(), locale, status));
    if (U_SUCCESS(status) != 0) impl_->calendar = std::move(made);
}

HijriCalendar::~HijriCalendar() = default;

std::optional<std::int64_t> HijriCalendar::day(int year, int month, int day_of_month) {
    if (!impl_->calendar) return std::nullopt;
    auto& calendar = *impl_->calendar;
    UErrorCode status = U_ZERO_ERROR;
    calendar.clear();
    calendar.set(UCAL_YEAR, year);
    calendar.set(UCAL_MONTH, month - 1);
    calendar.set(UCAL_DATE, 1);
    const int length = calendar.getActualMaximum(UCAL_DATE, status);
    calendar.set(UCAL_DATE, std::min(day_of_month, length));
    const double at = calendar.getTime(status);
    if (U_FAILURE(status) != 0) return std::nullopt;
    return static_cast<std::int64_t>(std::floor(at / 86'400'000.0));
}

}  // namespace chapar::policy
