#include "ingress/times.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <variant>

#include "base/written_time.hpp"
#include "base/zones.hpp"

namespace chapar::ingress {
namespace {

std::string rfc3339(std::int64_t wall, std::int32_t offset) {
    const std::chrono::sys_seconds at{std::chrono::seconds(wall)};
    const auto day = std::chrono::floor<std::chrono::days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(at - day);
    const auto minutes = std::abs(offset) / 60;
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), offset < 0 ? '-' : '+', minutes / 60,
                       minutes % 60);
}

}  // namespace

std::string expected_time(std::string_view written) {
    constexpr std::string_view form = "a time such as 2030-01-31T09:30:00+03:30";
    const auto read = written::read_time(written);
    if (const auto* problem = std::get_if<written::TimeProblem>(&read))
        return fmt::format("{} (RFC 3339); character {}: {}", form, problem->column, problem->sentence);
    const auto* time = std::get_if<written::Time>(&read);
    if (time == nullptr) return std::string(form);
    constexpr std::int64_t day = 86'400;
    const auto wall = time->day * day + time->second_of_day.value_or(0);
    if (time->offset) return fmt::format("RFC 3339, in which this is {}", rfc3339(wall, *time->offset));
    const auto* tehran = times::zone_clock("Asia/Tehran");
    if (tehran == nullptr) return std::string(form);
    const auto offset = tehran->wall(tehran->moment(wall)).offset;
    return fmt::format("RFC 3339 with the offset from UTC: on the clocks of Tehran this is {}", rfc3339(wall, offset));
}

}  // namespace chapar::ingress
