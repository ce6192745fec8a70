// Calendar windows: from the first moment at which the wall shows a beginning to the first at which it shows the next.
#include <chrono>

#include "base/jalali.hpp"
#include "policy/zones.hpp"

namespace chapar::policy {
namespace {

struct Mark {
    std::int64_t day = 0;
    int minute = 0;
};

struct Asked {
    Unit unit;
    bool jalali;
    int week_starts;
};

std::int64_t month_start(std::int64_t day, bool jalali, int forward) {
    if (jalali) {
        auto date = times::jalali_date(day);
        date.day = 1;
        date.month += forward;
        if (date.month > 12) {
            date.month = 1;
            ++date.year;
        }
        return times::jalali_day(date);
    }
    using namespace std::chrono;
    const year_month_day date{sys_days(days(day))};
    return sys_days((date.year() / date.month() + months(forward)) / 1).time_since_epoch().count();
}

Mark begin_of(const Local& wall, const Asked& asked) {
    switch (asked.unit) {
        case Unit::hour:
            return {wall.day, wall.millisecond / 3'600'000 * 60};
        case Unit::day:
            return {wall.day, 0};
        case Unit::week:
            return {wall.day - (wall.weekday() - asked.week_starts + 7) % 7, 0};
        case Unit::month:
            return {month_start(wall.day, asked.jalali, 0), 0};
    }
    return {};
}

Mark after(const Mark& mark, const Asked& asked) {
    switch (asked.unit) {
        case Unit::hour:
            return mark.minute + 60 < 1440 ? Mark{mark.day, mark.minute + 60} : Mark{mark.day + 1, 0};
        case Unit::day:
            return {mark.day + 1, 0};
        case Unit::week:
            return {mark.day + 7, 0};
        case Unit::month:
            return {month_start(mark.day, asked.jalali, 1), 0};
    }
    return {};
}

}  // namespace

Edges calendar_window(const Zone& zone, Timestamp at, Unit unit, bool jalali, int week_starts) {
    const Asked asked{unit, jalali, week_starts};
    auto mark = begin_of(zone.local(at), asked);
    auto next = after(mark, asked);
    Edges edges{zone.at(mark.day, mark.minute), zone.at(next.day, next.minute)};
    // Where an overlap reaches back over an edge, the wall shows the old window again although the new one has begun.
    while (edges.to <= at) {
        next = after(next, asked);
        edges.from = edges.to;
        edges.to = zone.at(next.day, next.minute);
    }
    return edges;
}

}  // namespace chapar::policy
