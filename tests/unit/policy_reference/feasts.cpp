#include "feasts.hpp"

#include <fmt/format.h>
#include <unicode/calendar.h>
#include <unicode/timezone.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>

#include "wall.hpp"

namespace chapar::reference {
namespace {

icu::Calendar& calendar_of(const std::string& system) {
    static const auto make = [](const char* locale) {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Calendar> made(
            icu::Calendar::createInstance(*icu::TimeZone::getGMT(), icu::Locale(locale), status));
        if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
        return made;
    };
    static const auto gregorian = make("en@calendar=gregorian"), persian = make("en@calendar=persian");
    return *(system == "jalali" ? persian : gregorian);
}

/// Thirty years of 10,631 days, eleven of them with a 30th of the last month; the first began on 16 July 622.
Date islamic_date(std::int64_t day) {
    const auto since = day + 492'148;
    auto year = static_cast<int>(floor_div(since, 10'631)) * 30 + 1;
    auto left = static_cast<int>(since - floor_div(since, 10'631) * 10'631);
    const std::set<int> leap = {2, 5, 7, 10, 13, 16, 18, 21, 24, 26, 29};
    const auto days = [&] { return leap.contains(year % 30) ? 355 : 354; };
    for (; left >= days(); ++year)
        left -= days();
    int month = 1;
    for (; month < 12 && left >= (month % 2 == 1 ? 30 : 29); ++month)
        left -= month % 2 == 1 ? 30 : 29;
    return {year, month, left + 1};
}

Date icu_date(const std::string& system, std::int64_t day) {
    auto& calendar = calendar_of(system);
    UErrorCode status = U_ZERO_ERROR;
    calendar.setTime(static_cast<double>(day) * 86'400'000.0 + 43'200'000.0, status);
    const Date date{calendar.get(UCAL_YEAR, status), calendar.get(UCAL_MONTH, status) + 1,
                    calendar.get(UCAL_DAY_OF_MONTH, status)};
    if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
    return date;
}

class Directory {
  public:
    Directory() : path_((std::filesystem::temp_directory_path() / "chapar-calendars-XXXXXX").string()) {
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

}  // namespace

Date date_of(const std::string& system, std::int64_t day) {
    static std::map<std::pair<std::string, std::int64_t>, Date> worked_out;  // ICU takes its time
    const auto [found, is_new] = worked_out.try_emplace({system, day});
    if (is_new) found->second = system == "hijri" ? islamic_date(day) : icu_date(system, day);
    return found->second;
}

bool is_on(const Feast& feast, std::int64_t day) {
    const auto date = date_of(feast.system, day);
    if (date.month != feast.month || (feast.year && date.year != *feast.year)) return false;
    if (date.day == feast.day) return true;
    // The 30th of a lunar month of 29 days is its last.
    return feast.system == "hijri" && feast.day == 30 && date.day == 29 && date_of(feast.system, day + 1).day == 1;
}

std::string calendars_directory() {
    static const Directory directory;
    return directory.path();
}

void write_calendar(const std::string& name, const std::vector<Feast>& feasts) {
    std::ofstream file(calendars_directory() + "/" + name + ".toml");
    for (const auto& feast : feasts) {
        const auto year = feast.year ? fmt::format("{:04}-", *feast.year) : std::string();
        file << fmt::format("[[day]]\nname = \"a day\"\n{} = \"{}{:02}-{:02}\"\n", feast.system, year, feast.month,
                            feast.day);
        if (feast.system == "hijri") file << "computed = true\n";
    }
    if (!file.flush()) throw std::runtime_error("a calendar was not written");
}

}  // namespace chapar::reference
