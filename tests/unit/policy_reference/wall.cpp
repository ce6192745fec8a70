#include "wall.hpp"

#include <unicode/basictz.h>
#include <unicode/calendar.h>
#include <unicode/timezone.h>
#include <unicode/tztrans.h>

#include <map>
#include <memory>
#include <stdexcept>

namespace chapar::reference {
namespace {

const Timestamp begin_of_time = from_ms(946'684'800'000);  // 2000
const Timestamp end_of_time = from_ms(2'208'988'800'000);  // 2040

std::unique_ptr<icu::TimeZone> icu_zone(const std::string& name) {
    return std::unique_ptr<icu::TimeZone>(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(name)));
}

void must(UErrorCode status) {
    if (U_FAILURE(status)) throw std::runtime_error(u_errorName(status));
}

icu::Calendar& calendar(bool persian) {
    const auto make = [](const char* locale) {
        UErrorCode status = U_ZERO_ERROR;
        std::unique_ptr<icu::Calendar> made(
            icu::Calendar::createInstance(*icu::TimeZone::getGMT(), icu::Locale(locale), status));
        must(status);
        return made;
    };
    static const auto gregorian_one = make("en@calendar=gregorian");
    static const auto persian_one = make("en@calendar=persian");
    return persian ? *persian_one : *gregorian_one;
}

std::int64_t day_of(icu::Calendar& calendar) {
    UErrorCode status = U_ZERO_ERROR;
    const auto at = calendar.getTime(status);
    must(status);
    return floor_div(static_cast<std::int64_t>(at), day_ms);
}

/// The days [first, next) of the month that holds `day`.
std::pair<std::int64_t, std::int64_t> month_of(std::int64_t day, bool persian) {
    auto& date = calendar(persian);
    UErrorCode status = U_ZERO_ERROR;
    date.setTime(static_cast<double>(day * day_ms) + static_cast<double>(day_ms) / 2, status);
    date.set(UCAL_DAY_OF_MONTH, 1);
    const auto first = day_of(date);
    date.add(UCAL_MONTH, 1, status);
    must(status);
    return {first, day_of(date)};
}

/// The one window of `size` walls' milliseconds, counted from the wall's 1970, that holds `at`.
Stretch even_stretch(const Wall& wall, Timestamp at, std::int64_t size) {
    const auto near = floor_div(wall.shows(at), size);
    const auto margin = std::int64_t{50} * 3'600'000 / size + 2;
    for (auto n = near - margin; n <= near + margin; ++n) {
        const Stretch stretch{wall.first(n * size), wall.first((n + 1) * size)};
        if (stretch.from <= at && at < stretch.to) return stretch;
    }
    throw std::logic_error("no window holds this moment");
}

}  // namespace

std::int64_t floor_div(std::int64_t value, std::int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

int weekday_of(std::int64_t day) {
    return static_cast<int>(((day + 4) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
}

Wall::Wall(const std::string& name) {
    const auto zone = icu_zone(name);
    const auto* basic = dynamic_cast<const icu::BasicTimeZone*>(zone.get());
    const auto offset = [&](Timestamp at) {
        UErrorCode status = U_ZERO_ERROR;
        std::int32_t raw = 0, summer = 0;
        zone->getOffset(static_cast<double>(to_ms(at)), false, raw, summer, status);
        must(status);
        return std::int64_t{raw} + summer;
    };
    offsets_.push_back(offset(begin_of_time));
    icu::TimeZoneTransition change;
    auto at = static_cast<double>(to_ms(begin_of_time));
    while (basic != nullptr && basic->getNextTransition(at, false, change)) {
        at = change.getTime();
        if (at >= static_cast<double>(to_ms(end_of_time))) break;
        const auto moment = from_ms(static_cast<std::int64_t>(at));
        if (offset(moment) == offsets_.back()) continue;
        changes_.push_back(moment);
        offsets_.push_back(offset(moment));
    }
}

std::int64_t Wall::shows(Timestamp at) const {
    std::size_t i = 0;
    while (i < changes_.size() && changes_[i] <= at)
        ++i;
    return to_ms(at) + offsets_[i];
}

Timestamp Wall::first(std::int64_t shown) const {
    for (std::size_t i = 0;; ++i) {
        auto at = from_ms(shown - offsets_[i]);
        if (i > 0) at = std::max(at, changes_[i - 1]);
        if (i == changes_.size() || at < changes_[i]) return at;
    }
}

Timestamp Wall::last(std::int64_t shown) const {
    for (std::size_t i = offsets_.size(); i-- > 0;) {
        const auto at = from_ms(shown - offsets_[i]);
        if ((i == 0 || at >= changes_[i - 1]) && (i == changes_.size() || at < changes_[i])) return at;
    }
    return first(shown);
}

const Wall* wall(const std::string& name) {
    static std::map<std::string, std::unique_ptr<Wall>> known;
    const auto found = known.find(name);
    if (found != known.end()) return found->second.get();
    const bool exists = !name.empty() && *icu_zone(name) != icu::TimeZone::getUnknown();
    return (known[name] = exists ? std::make_unique<Wall>(name) : nullptr).get();
}

Stretch calendar_stretch(const Wall& wall, Timestamp at, const config::Window& window) {
    using Unit = config::Window::Unit;
    if (window.unit == Unit::hour) return even_stretch(wall, at, 3'600'000);
    // The day whose window holds `at`; its date tells the week and the month.
    const auto day_window = even_stretch(wall, at, day_ms);
    auto day = floor_div(wall.shows(at), day_ms) - 3;
    while (wall.first(day * day_ms) != day_window.from || wall.first((day + 1) * day_ms) == day_window.from)
        ++day;
    if (window.unit == Unit::day) return day_window;
    auto first = day, next = day + 7;
    if (window.unit == Unit::week) {
        while (weekday_of(first) != window.week_starts)
            --first;
        next = first + 7;
    } else {
        std::tie(first, next) = month_of(day, window.jalali);
    }
    return {wall.first(first * day_ms), wall.first(next * day_ms)};
}

}  // namespace chapar::reference
