#include "render/l10n/jalali.hpp"

#include "base/jalali.hpp"
#include "render/l10n/kept.hpp"

#include <fmt/format.h>
#include <unicode/dtfmtsym.h>
#include <unicode/numsys.h>
#include <unicode/smpdtfmt.h>

#include <array>
#include <memory>
#include <span>

namespace chapar::render {

namespace {

constexpr std::int64_t epoch = 1948320 - 2440588;  // 1 Farvardin of year 1, in days from 1970-01-01
constexpr std::int64_t seconds_per_day = 86400;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Days from the epoch to 1 Farvardin of `year`.
std::int64_t new_year(std::int64_t year) { return times::jalali_new_year(year) - epoch; }

int days_before(int month) { return month <= 7 ? 31 * (month - 1) : 30 * (month - 1) + 6; }

/// What a language calls months, days and the halves of a day.
struct Names {
    std::array<std::string, 12> months, short_months;
    std::array<std::string, 7> days, short_days;  // from Sunday
    std::array<std::string, 2> halves;
};

template <std::size_t n>
std::array<std::string, n> texts(const icu::UnicodeString* from, std::int32_t count, std::size_t first = 0) {
    std::array<std::string, n> out;
    const std::span<const icu::UnicodeString> all(from, static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < n && i + first < all.size(); ++i)
        all[i + first].toUTF8String(out[i]);
    return out;
}

Names read_names(std::string_view tag) {
    using Symbols = icu::DateFormatSymbols;
    UErrorCode status = U_ZERO_ERROR;
    auto locale = icu::Locale::forLanguageTag({tag.data(), static_cast<std::int32_t>(tag.size())}, status);
    locale.setKeywordValue("calendar", "persian", status);
    Names names;
    const icu::SimpleDateFormat format(icu::UnicodeString(u"LLLL"), locale, status);
    if (U_FAILURE(status)) return names;
    const Symbols& symbols = *format.getDateFormatSymbols();
    std::int32_t count = 0;
    const auto* found = symbols.getMonths(count, Symbols::STANDALONE, Symbols::WIDE);
    names.months = texts<12>(found, count);
    found = symbols.getMonths(count, Symbols::STANDALONE, Symbols::ABBREVIATED);
    names.short_months = texts<12>(found, count);
    found = symbols.getWeekdays(count, Symbols::STANDALONE, Symbols::WIDE);
    names.days = texts<7>(found, count, 1);
    found = symbols.getWeekdays(count, Symbols::STANDALONE, Symbols::ABBREVIATED);
    names.short_days = texts<7>(found, count, 1);
    found = symbols.getAmPmStrings(count);
    names.halves = texts<2>(found, count);
    return names;
}

const Names& names_of(std::string_view locale) {
    thread_local Kept<Names> kept;
    return kept.get(locale, [&] { return read_names(locale); });
}

using Digits = std::array<std::string, 10>;

Digits read_digits(std::string_view tag) {
    Digits digits = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    UErrorCode status = U_ZERO_ERROR;
    const auto locale = icu::Locale::forLanguageTag({tag.data(), static_cast<std::int32_t>(tag.size())}, status);
    const std::unique_ptr<icu::NumberingSystem> system(icu::NumberingSystem::createInstance(locale, status));
    if (U_FAILURE(status) || system->isAlgorithmic() || system->getRadix() != 10) return digits;
    const icu::UnicodeString all = system->getDescription();
    std::int32_t at = 0;
    for (auto& digit : digits) {
        const auto next = all.moveIndex32(at, 1);
        digit.clear();
        all.tempSubStringBetween(at, next).toUTF8String(digit);
        at = next;
    }
    return digits;
}

const Digits& digits_of(std::string_view locale) {
    thread_local Kept<Digits> kept;
    return kept.get(locale, [&] { return read_digits(locale); });
}

/// One text in the making.
class Writer {
  public:
    Writer(std::string& out, const liquid::Moment& moment, const JalaliStyle& style)
        : out_(out), moment_(moment), names_(names_of(style.names)), digits_(digits_of(style.digits)) {
        const auto local = moment.seconds + moment.offset;
        const auto days = floor_div(local, seconds_per_day);
        date_ = jalali_from_days(days);
        second_ = static_cast<int>(local - days * seconds_per_day);
        week_day_ = static_cast<std::size_t>(((days + 4) % 7 + 7) % 7);
    }
    void write(std::string_view format);

  private:
    bool directive(char name, char flag);
    void number(std::int64_t value, int width, char pad, char flag);
    void zone();
    std::string& out_;
    const liquid::Moment& moment_;
    const Names& names_;
    const Digits& digits_;
    JalaliDate date_;
    int second_ = 0;  // of the day
    std::size_t week_day_ = 0;
};

void Writer::number(std::int64_t value, int width, char pad, char flag) {
    if (flag == '-') width = 0;
    if (flag == '0') pad = '0';
    if (flag == '_') pad = ' ';
    const std::string text = fmt::format("{}", value);
    for (auto n = static_cast<int>(text.size()); n < width; ++n)
        out_ += pad == '0' ? std::string_view(digits_[0]) : " ";
    for (const char c : text)
        out_ += c == '-' ? std::string_view("-") : digits_[static_cast<std::size_t>(c - '0')];
}

void Writer::zone() {
    const int minutes = moment_.offset / 60;
    out_ += minutes < 0 ? '-' : '+';
    number(std::abs(minutes) / 60, 2, '0', 0);
    number(std::abs(minutes) % 60, 2, '0', 0);
}

bool Writer::directive(char name, char flag) {
    const int hour = second_ / 3600;
    const auto month = static_cast<std::size_t>(date_.month - 1);
    switch (name) {
        case 'Y':
            number(date_.year, 0, '0', flag);
            return true;
        case 'y':
            number(((date_.year % 100) + 100) % 100, 2, '0', flag);
            return true;
        case 'm':
            number(date_.month, 2, '0', flag);
            return true;
        case 'd':
            number(date_.day, 2, '0', flag);
            return true;
        case 'e':
            number(date_.day, 2, ' ', flag);
            return true;
        case 'j':
            number(date_.day_of_year, 3, '0', flag);
            return true;
        case 'H':
            number(hour, 2, '0', flag);
            return true;
        case 'k':
            number(hour, 2, ' ', flag);
            return true;
        case 'I':
            number((hour + 11) % 12 + 1, 2, '0', flag);
            return true;
        case 'l':
            number((hour + 11) % 12 + 1, 2, ' ', flag);
            return true;
        case 'M':
            number(second_ / 60 % 60, 2, '0', flag);
            return true;
        case 'S':
            number(second_ % 60, 2, '0', flag);
            return true;
        case 's':
            number(moment_.seconds, 0, '0', flag);
            return true;
        case 'w':
            number(static_cast<std::int64_t>(week_day_), 1, '0', flag);
            return true;
        case 'u':
            number(week_day_ == 0 ? 7 : static_cast<std::int64_t>(week_day_), 1, '0', flag);
            return true;
        case 'B':
            out_ += names_.months[month];
            return true;
        case 'b':
        case 'h':
            out_ += names_.short_months[month];
            return true;
        case 'A':
            out_ += names_.days[week_day_];
            return true;
        case 'a':
            out_ += names_.short_days[week_day_];
            return true;
        case 'p':
            out_ += names_.halves[hour < 12 ? 0 : 1];
            return true;
        case 'z':
            zone();
            return true;
        case 'F':
            write("%Y-%m-%d");
            return true;
        case 'D':
        case 'x':
            write("%Y/%m/%d");
            return true;
        case 'T':
        case 'X':
            write("%H:%M:%S");
            return true;
        case 'R':
            write("%H:%M");
            return true;
        case 'n':
            out_ += '\n';
            return true;
        case 't':
            out_ += '\t';
            return true;
        case '%':
            out_ += '%';
            return true;
        default:
            return false;
    }
}

void Writer::write(std::string_view format) {
    for (std::size_t i = 0; i < format.size(); ++i) {
        const bool flagged = format[i] == '%' && i + 2 < format.size() &&
                             std::string_view("-0_^").find(format[i + 1]) != std::string_view::npos;
        const std::size_t at = i + (flagged ? 2 : 1);
        if (format[i] == '%' && at < format.size() && directive(format[at], flagged ? format[i + 1] : '\0')) {
            i = at;
        } else {
            out_ += format[i];
        }
    }
}

}  // namespace

bool is_long_jalali_year(std::int64_t year) { return new_year(year + 1) - new_year(year) == 366; }

JalaliDate jalali_from_days(std::int64_t days) {
    const auto since = days - epoch;
    JalaliDate date;
    date.year = 1 + floor_div(33 * since + 3, 12053);
    const auto of_year = static_cast<int>(since - new_year(date.year));
    date.month = 1 + (of_year < 216 ? of_year / 31 : (of_year - 6) / 30);
    date.day = of_year - days_before(date.month) + 1;
    date.day_of_year = of_year + 1;
    return date;
}

std::int64_t days_from_jalali(std::int64_t year, int month, int day) { return times::jalali_day(year, month, day); }

void format_jalali(std::string& out, const liquid::Moment& moment, std::string_view format, const JalaliStyle& style) {
    Writer(out, moment, style).write(format);
}

}  // namespace chapar::render
