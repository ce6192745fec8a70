#include "render/l10n/dates.hpp"

#include "base/zones.hpp"
#include "render/l10n/kept.hpp"
#include "render/l10n/numbers.hpp"
#include "render/liquid/date.hpp"

#include <fmt/format.h>
#include <unicode/dtptngen.h>
#include <unicode/gregocal.h>
#include <unicode/reldatefmt.h>
#include <unicode/smpdtfmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>

namespace chapar::render {

namespace {

constexpr std::array<std::string_view, 5> names = {"none", "short", "medium", "long", "full"};
using Format = std::unique_ptr<icu::DateFormat>;

const times::ZoneClock& zone_named(std::string_view name) {
    const auto* known = times::zone_clock(name);
    return known == nullptr ? times::utc() : *known;
}

/// ICU's view of a zone of the system's database, so that no other copy of the rules is asked. Its name in words is
/// still ICU's.
class SystemZone final : public icu::TimeZone {
  public:
    explicit SystemZone(const times::ZoneClock& clock)
        : icu::TimeZone(icu::UnicodeString::fromUTF8(clock.name())), clock_(clock) {}

    void getOffset(UDate date, UBool local, int32_t& raw, int32_t& summer, UErrorCode& status) const override {
        if (U_FAILURE(status)) return;
        const auto seconds = static_cast<std::int64_t>(std::floor(date / 1000));
        const auto wall = clock_.wall(local != 0 ? clock_.moment(seconds) : seconds);
        summer = wall.is_summer ? 3600 * 1000 : 0;
        raw = wall.offset * 1000 - summer;
    }
    int32_t getOffset(uint8_t era, int32_t year, int32_t month, int32_t day, uint8_t, int32_t milliseconds,
                      UErrorCode& status) const override {
        const auto civil_year = era == icu::GregorianCalendar::BC ? 1 - year : year;
        const auto days = liquid::days_from_civil(civil_year, month + 1, day);
        int32_t raw = 0, summer = 0;
        getOffset(static_cast<UDate>(days) * 86'400'000 + milliseconds, 1, raw, summer, status);
        return raw + summer;
    }
    int32_t getOffset(uint8_t era, int32_t year, int32_t month, int32_t day, uint8_t week_day, int32_t milliseconds,
                      int32_t, UErrorCode& status) const override {
        return getOffset(era, year, month, day, week_day, milliseconds, status);
    }
    void setRawOffset(int32_t) override {}
    int32_t getRawOffset() const override { return clock_.wall(0).offset * 1000; }
    UBool useDaylightTime() const override { return 1; }
    UBool inDaylightTime(UDate date, UErrorCode&) const override {
        return clock_.wall(static_cast<std::int64_t>(std::floor(date / 1000))).is_summer;
    }
    SystemZone* clone() const override { return new SystemZone(*this); }
    UClassID getDynamicClassID() const override {
        static char id = 0;
        return &id;
    }

  private:
    const times::ZoneClock& clock_;
};

icu::StringPiece piece(std::string_view s) { return {s.data(), static_cast<std::int32_t>(s.size())}; }

icu::DateFormat::EStyle style_of(std::string_view name) {
    if (name == "short") return icu::DateFormat::SHORT;
    if (name == "medium") return icu::DateFormat::MEDIUM;
    if (name == "long") return icu::DateFormat::LONG;
    return name == "full" ? icu::DateFormat::FULL : icu::DateFormat::kNone;
}

/// CLDR writes a full Persian date as "1403 Mordad 5, Friday" and puts a Latin comma before the time; nobody in Iran
/// does.
std::u16string persian_pattern(const DateStyle& style) {
    const bool tall = style.date == "long" || style.date == "full";
    const std::u16string date = style.date == "none"    ? u""
                                : style.date == "short" ? u"y/M/d"
                                : style.date == "full"  ? u"EEEE d MMMM y"
                                                        : u"d MMMM y";
    const std::u16string time = style.time == "none"    ? u""
                                : style.time == "short" ? u"HH:mm"
                                : style.time == "full"  ? u"HH:mm:ss zzzz"
                                : style.time == "long"  ? u"HH:mm:ss z"
                                                        : u"HH:mm:ss";
    if (date.empty() || time.empty()) return date + time;
    return date + (tall ? u" 'ساعت' " : u"، ") + time;
}

bool is_style(std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

Format by_skeleton(const icu::Locale& locale, const DateStyle& style, UErrorCode& status) {
    std::string skeleton(style.date);
    if (style.time != "none") skeleton += style.time == "short" ? "jmm" : "jmmss";
    const std::unique_ptr<icu::DateTimePatternGenerator> patterns(
        icu::DateTimePatternGenerator::createInstance(locale, status));
    if (U_FAILURE(status)) return nullptr;
    const auto pattern = patterns->getBestPattern(icu::UnicodeString::fromUTF8(piece(skeleton)), status);
    return std::make_unique<icu::SimpleDateFormat>(pattern, locale, status);
}

Format make_format(std::string_view tag, std::string_view zone, const DateStyle& style) {
    UErrorCode status = U_ZERO_ERROR;
    auto locale = icu::Locale::forLanguageTag(piece(tag), status);
    if (!style.calendar.empty()) locale.setKeywordValue(piece("calendar"), piece(style.calendar), status);
    if (U_FAILURE(status)) return nullptr;
    Format format;
    const bool persian = speaks_persian(tag) && (style.calendar.empty() || style.calendar == "persian");
    if (!is_style(style.date)) {
        format = by_skeleton(locale, style, status);
    } else if (persian) {
        format =
            std::make_unique<icu::SimpleDateFormat>(icu::UnicodeString(persian_pattern(style).c_str()), locale, status);
    } else {
        format.reset(icu::DateFormat::createDateTimeInstance(style_of(style.date), style_of(style.time), locale));
    }
    if (U_FAILURE(status) || format == nullptr) return nullptr;
    auto* const place = new SystemZone(zone_named(zone));
    format->adoptTimeZone(place);
    return format;
}

struct Distance {
    double count;
    URelativeDateTimeUnit unit;
};

/// In the largest unit of which there is one, rounded.
Distance distance(std::int64_t seconds) {
    constexpr std::int64_t minute = 60, hour = 3600, day = 86400;
    const auto size = seconds < 0 ? -seconds : seconds;
    const auto in = [&](std::int64_t unit) {
        const auto count = (size + unit / 2) / unit;
        return static_cast<double>(seconds < 0 ? -count : count);
    };
    if (in(minute) < 60 && in(minute) > -60) return {in(minute), UDAT_REL_UNIT_MINUTE};
    if (in(hour) < 24 && in(hour) > -24) return {in(hour), UDAT_REL_UNIT_HOUR};
    if (size < 30 * day) return {in(day), UDAT_REL_UNIT_DAY};
    if (size < 345 * day) return {in(day * 30), UDAT_REL_UNIT_MONTH};
    return {in(day * 365), UDAT_REL_UNIT_YEAR};
}

using Relative = std::unique_ptr<icu::RelativeDateTimeFormatter>;

Relative make_relative(std::string_view tag, Length length) {
    UErrorCode status = U_ZERO_ERROR;
    const auto locale = icu::Locale::forLanguageTag(piece(tag), status);
    const auto style = length == Length::full    ? UDAT_STYLE_LONG
                       : length == Length::brief ? UDAT_STYLE_SHORT
                                                 : UDAT_STYLE_NARROW;
    auto made =
        std::make_unique<icu::RelativeDateTimeFormatter>(locale, nullptr, style, UDISPCTX_CAPITALIZATION_NONE, status);
    return U_SUCCESS(status) ? std::move(made) : nullptr;
}

}  // namespace

bool is_date_style(std::string_view name) {
    if (is_style(name)) return true;
    constexpr std::string_view fields = "GyYuQqMLwdDFEecabBhHkKjmsSzZOvV";
    constexpr std::size_t longest = 30;
    return !name.empty() && name.size() <= longest && name.find_first_not_of(fields) == std::string_view::npos;
}

bool is_time_style(std::string_view name) { return is_style(name); }

bool is_calendar(std::string_view name) {
    constexpr std::array<std::string_view, 9> known = {"gregorian", "persian",  "islamic", "islamic-umalqura", "hebrew",
                                                       "buddhist",  "japanese", "indian",  "ethiopic"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

std::optional<std::string> format_date(std::int64_t seconds, std::string_view locale, std::string_view zone,
                                       const DateStyle& style) {
    thread_local Kept<Format> kept;
    const auto key = fmt::format("{}|{}|{}|{}|{}", locale, zone, style.date, style.time, style.calendar);
    const auto& format = kept.get(key, [&] { return make_format(locale, zone, style); });
    if (format == nullptr) return std::nullopt;
    icu::UnicodeString text;
    format->format(static_cast<UDate>(seconds) * 1000, text);
    std::string out;
    text.toUTF8String(out);
    return out;
}

std::optional<std::string> format_relative(std::int64_t then, std::int64_t now, std::string_view locale,
                                           Length length) {
    thread_local Kept<Relative> kept;
    const auto& format =
        kept.get(fmt::format("{}|{}", locale, static_cast<int>(length)), [&] { return make_relative(locale, length); });
    if (format == nullptr) return std::nullopt;
    constexpr std::int64_t moment = 30;
    const auto seconds = then - now;
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString text;
    if (seconds < moment && seconds > -moment) {
        format->format(UDAT_DIRECTION_PLAIN, UDAT_ABSOLUTE_NOW, text, status);
    } else {
        const auto [count, unit] = distance(seconds);
        format->formatNumeric(count, unit, text, status);
    }
    if (U_FAILURE(status)) return std::nullopt;
    std::string out;
    text.toUTF8String(out);
    return out;
}

}  // namespace chapar::render
