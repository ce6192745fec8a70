#pragma once
// The Lunar Hijri calendar as arithmetic gives it (ICU's tabular "islamic-civil"). The official date depends on the
// moon being seen and can differ by a day. Not for use by several threads at once.

#include <cstdint>
#include <memory>
#include <optional>

namespace chapar::policy {

class HijriCalendar {
  public:
    HijriCalendar();
    ~HijriCalendar();
    HijriCalendar(const HijriCalendar&) = delete;
    HijriCalendar& operator=(const HijriCalendar&) = delete;
    /// The day, counted from 1970-01-01; the 30th of a month that has 29 days is its last.
    std::optional<std::int64_t> day(int year, int month, int day_of_month);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::policy
