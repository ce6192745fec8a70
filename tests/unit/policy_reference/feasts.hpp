#pragma once
// Holiday calendars of the reference model, asked day by day: ICU's Gregorian and Persian calendars where daemon/policy
// has formulas of its own, and counted years where daemon/policy asks ICU (the civil Islamic calendar).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace chapar::reference {

/// The calendars that a day may be written in, by the word of the file.
inline const std::vector<std::string> systems = {"gregorian", "jalali", "hijri"};

struct Date {
    int year = 0, month = 0, day = 0;
};
/// Of the day that begins this many days after 1970-01-01.
Date date_of(const std::string& system, std::int64_t day);

/// One [[day]] of a calendar's file.
struct Feast {
    std::string system;
    std::optional<int> year;  // absent: every year
    int month = 1, day = 1;
};
bool is_on(const Feast& feast, std::int64_t day);

/// A directory of this process, for calendars; gone at its end.
std::string calendars_directory();
void write_calendar(const std::string& name, const std::vector<Feast>& feasts);

}  // namespace chapar::reference
