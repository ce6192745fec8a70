#pragma once
// A calendar file: the days on which a quiet rule uses its holiday hours. Immutable; any thread.
//
// [[day]]
// name   = "Nowruz"
// jalali = "01-01"           # or gregorian = "12-25", or hijri = "10-01" with computed = true

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace chapar::policy {

class Holidays {
  public:
    /// Empty: a working day. `day` counts from 1970-01-01.
    std::string_view name_of(std::int64_t day) const;
    bool is_holiday(std::int64_t day) const { return !name_of(day).empty(); }

    /// The years that are worked out: 2000 to 2099; outside of them no day is a holiday.
    static constexpr int first_year = 2000, last_year = 2099;

  private:
    friend class HolidayReader;
    std::int64_t first_ = 0;
    std::vector<std::uint16_t> names_by_day_;  // 0: none, else index + 1
    std::vector<std::string> names_;
};

/// Every mistake of the file, one a line, as file:line:column: sentence.
Result<std::shared_ptr<const Holidays>> read_holidays(const std::string& path);

}  // namespace chapar::policy
