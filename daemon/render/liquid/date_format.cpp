// strftime as the reference's language has it: flags - 0 _ ^ # :, a width, and its own directives.
#include <algorithm>
#include <array>

#include "render/liquid/date.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
constexpr std::array<std::string_view, 7> days = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                  "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months = {"January",   "February", "March",    "April",
                                                     "May",       "June",     "July",     "August",
                                                     "September", "October",  "November", "December"};

struct Clock {
    std::int64_t year;
    int month, day, hour, minute, second, weekday, yearday;
};

Clock clock_of(const Moment& m) {
    const auto local = m.seconds + m.offset;
    auto day = local / 86400, rest = local % 86400;
    if (rest < 0) {
        rest += 86400;
        --day;
    }
    const auto date = civil_from_days(day);
    const auto of_week = ((day + 4) % 7 + 7) % 7;
    return {date.year,
            date.month,
            date.day,
            static_cast<int>(rest / 3600),
            static_cast<int>(rest / 60 % 60),
            static_cast<int>(rest % 60),
            static_cast<int>(of_week),
            static_cast<int>(day - days_from_civil(date.year, 1, 1)) + 1};
}

/// ISO 8601 week and the year it belongs to.
int iso_week(const Clock& c, std::int64_t& year) {
    const int monday = (c.weekday + 6) % 7;
    int week = (c.yearday - 1 - monday + 10) / 7;
    year = c.year;
    const auto weeks_of = [](std::int64_t y) {
        const auto first = ((days_from_civil(y, 1, 1) + 3) % 7 + 7) % 7;  // 0: Monday
        const bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        return first == 3 || (leap && first == 2) ? 53 : 52;
    };
    if (week < 1) return weeks_of(--year);
    if (week > weeks_of(year)) {
        ++year;
        return 1;
    }
    return week;
}

struct Spec {
    bool minus = false, upper = false, swap = false;
    char pad = 0;
    int colons = 0;
    std::int64_t width = -1;
};

class Formatter {
  public:
    Formatter(std::string& out, const Moment& moment, std::uint64_t most)
        : out_(out), moment_(moment), clock_(clock_of(moment)), most_(out.size() + most) {}
    bool run(std::string_view format);
    bool is_broken() const { return broken_; }

  private:
    Spec read_spec(std::string_view f, std::size_t& i);
    bool directive(char c, const Spec& spec);
    bool composite(char c, const Spec& spec);
    bool number(std::int64_t value, int width, char pad, const Spec& spec);
    bool text(std::string_view value, const Spec& spec);
    bool fraction(int digits, const Spec& spec);
    bool zone_offset(const Spec& spec);
    bool pad(std::int64_t missing, char with);

    std::string& out_;
    const Moment& moment_;
    Clock clock_;
    std::uint64_t most_;
    bool known_ = true, broken_ = false;
};

bool Formatter::pad(std::int64_t missing, char with) {
    if (missing <= 0) return true;
    if (out_.size() + static_cast<std::uint64_t>(missing) > most_) return false;
    out_.append(static_cast<std::size_t>(missing), with);
    return true;
}

bool Formatter::number(std::int64_t value, int width, char with, const Spec& spec) {
    if (spec.pad != 0) with = spec.pad;
    auto digits = std::to_string(value < 0 ? -value : value);
    const auto wanted = spec.minus ? 0 : spec.width >= 0 ? spec.width : width;
    const auto missing = wanted - static_cast<std::int64_t>(digits.size()) - (value < 0 ? 1 : 0);
    if (value < 0 && with == '0') out_ += '-';
    if (!pad(missing, with)) return false;
    if (value < 0 && with != '0') out_ += '-';
    out_ += digits;
    return true;
}

bool Formatter::text(std::string_view value, const Spec& spec) {
    std::string changed(value);
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; };
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (spec.upper) std::transform(changed.begin(), changed.end(), changed.begin(), upper);
    if (!spec.upper && spec.swap) {
        const bool to_lower = changed == "AM" || changed == "PM" || changed == moment_.zone;
        std::transform(changed.begin(), changed.end(), changed.begin(), to_lower ? +lower : +upper);
    }
    if (!spec.minus && !pad(spec.width - static_cast<std::int64_t>(changed.size()), spec.pad != 0 ? spec.pad : ' '))
        return false;
    out_ += changed;
    return true;
}

bool Formatter::fraction(int digits, const Spec& spec) {
    const auto wanted = spec.width > 0 ? spec.width : digits;
    auto all = std::to_string(moment_.nanoseconds);
    all.insert(0, 9 - all.size(), '0');
    out_.append(all, 0, static_cast<std::size_t>(std::min<std::int64_t>(wanted, 9)));
    return pad(wanted - 9, '0');
}

bool Formatter::zone_offset(const Spec& spec) {
    const bool negative = moment_.offset < 0;
    const auto offset = negative ? -moment_.offset : moment_.offset;
    const auto two = [](std::int32_t n) { return std::string(n < 10 ? "0" : "") + std::to_string(n); };
    std::string hours = std::to_string(offset / 3600), rest;
    const auto minutes = offset / 60 % 60, seconds = offset % 60;
    const bool short_form = spec.colons == 3;
    if (spec.colons == 0) {
        rest = two(minutes);
    } else if (!short_form || minutes != 0 || seconds != 0) {
        rest = ":" + two(minutes);
        if (spec.colons == 2 || (short_form && seconds != 0)) rest += ":" + two(seconds);
    }
    const auto width = std::max<std::int64_t>(spec.width - static_cast<std::int64_t>(rest.size()) - 1, 2);
    const auto missing = width - static_cast<std::int64_t>(hours.size());
    const char sign = negative ? '-' : '+';
    if (spec.pad == '_' || spec.pad == ' ') {
        if (!pad(missing, ' ')) return false;
        out_ += sign;
    } else {
        out_ += sign;
        if (!pad(missing, '0')) return false;
    }
    out_.append(hours).append(rest);
    return true;
}

bool Formatter::composite(char c, const Spec& spec) {
    std::string_view format;
    switch (c) {
        case 'c':
            format = "%a %b %e %H:%M:%S %Y";
            break;
        case 'D':
        case 'x':
            format = "%m/%d/%y";
            break;
        case 'F':
            format = "%Y-%m-%d";
            break;
        case 'R':
            format = "%H:%M";
            break;
        case 'r':
            format = "%I:%M:%S %p";
            break;
        case 'T':
        case 'X':
            format = "%H:%M:%S";
            break;
        case 'v':
            format = "%e-%^b-%4Y";
            break;
        default:
            known_ = false;
            return true;
    }
    std::string inner;
    Formatter(inner, moment_, 256).run(format);
    auto whole = spec;
    whole.swap = false;
    return text(inner, whole);
}

bool Formatter::directive(char c, const Spec& spec) {
    const auto& k = clock_;
    const int twelve = k.hour % 12 == 0 ? 12 : k.hour % 12;
    std::int64_t iso_year = 0;
    const auto modulo100 = [](std::int64_t y) { return (y % 100 + 100) % 100; };
    const auto century = [](std::int64_t y) { return y >= 0 ? y / 100 : (y - 99) / 100; };
    switch (c) {
        case 'Y':
            return number(k.year, k.year < 0 ? 5 : 4, '0', spec);
        case 'C':
            return number(century(k.year), 2, '0', spec);
        case 'y':
            return number(modulo100(k.year), 2, '0', spec);
        case 'm':
            return number(k.month, 2, '0', spec);
        case 'B':
            return text(months[static_cast<std::size_t>(k.month - 1)], spec);
        case 'b':
        case 'h':
            return text(months[static_cast<std::size_t>(k.month - 1)].substr(0, 3), spec);
        case 'd':
            return number(k.day, 2, '0', spec);
        case 'e':
            return number(k.day, 2, ' ', spec);
        case 'j':
            return number(k.yearday, 3, '0', spec);
        case 'H':
            return number(k.hour, 2, '0', spec);
        case 'k':
            return number(k.hour, 2, ' ', spec);
        case 'I':
            return number(twelve, 2, '0', spec);
        case 'l':
            return number(twelve, 2, ' ', spec);
        case 'M':
            return number(k.minute, 2, '0', spec);
        case 'S':
            return number(k.second, 2, '0', spec);
        case 'p':
            return text(k.hour < 12 ? "AM" : "PM", spec);
        case 'P':
            return text(k.hour < 12 ? "am" : "pm", spec);
        case 'L':
            return fraction(3, spec);
        case 'N':
            return fraction(9, spec);
        case 'z':
            return zone_offset(spec);
        case 'Z':
            return moment_.zone.empty() || text(moment_.zone, spec);
        case 'A':
            return text(days[static_cast<std::size_t>(k.weekday)], spec);
        case 'a':
            return text(days[static_cast<std::size_t>(k.weekday)].substr(0, 3), spec);
        case 'u':
            return number(k.weekday == 0 ? 7 : k.weekday, 1, '0', spec);
        case 'w':
            return number(k.weekday, 1, '0', spec);
        case 'V':
            return number(iso_week(k, iso_year), 2, '0', spec);
        case 'G':
            iso_week(k, iso_year);
            return number(iso_year, iso_year < 0 ? 5 : 4, '0', spec);
        case 'g':
            iso_week(k, iso_year);
            return number(modulo100(iso_year), 2, '0', spec);
        case 'U':
            return number((k.yearday - 1 + 7 - k.weekday) / 7, 2, '0', spec);
        case 'W':
            return number((k.yearday - 1 + 7 - (k.weekday + 6) % 7) / 7, 2, '0', spec);
        case 's':
            return number(moment_.seconds, 1, '0', spec);
        case 'n':
            return text("\n", spec);
        case 't':
            return text("\t", spec);
        case '%':
            return text("%", spec);
        default:
            return composite(c, spec);
    }
}

/// Flags and width; colons only before a z.
Spec Formatter::read_spec(std::string_view f, std::size_t& i) {
    Spec spec;
    for (; i < f.size(); ++i) {
        if (f[i] == '-') {
            spec.minus = true;
            spec.pad = 0;
        } else if (f[i] == '0' && spec.width < 0) {
            spec.pad = '0';
        } else if (f[i] == '_') {
            spec.pad = ' ';
        } else if (f[i] == '^') {
            spec.upper = true;
        } else if (f[i] == '#') {
            spec.swap = true;
        } else if (f[i] == ':') {
            const auto end = std::min(f.find_first_not_of(':', i), f.size());
            known_ = end < f.size() && f[end] == 'z' && end - i <= 3;
            spec.colons = known_ ? static_cast<int>(end - i) : 0;
            i = known_ ? end : end - 1;
            break;
        } else if (scan::is_digit(f[i])) {
            spec.width = std::min<std::int64_t>(std::max<std::int64_t>(spec.width, 0) * 10 + (f[i] - '0'), 1LL << 40);
        } else {
            break;
        }
    }
    return spec;
}

bool Formatter::run(std::string_view f) {
    for (std::size_t i = 0; i < f.size();) {
        if (f[i] != '%') {
            out_ += f[i++];
            continue;
        }
        const auto start = i++;
        known_ = true;
        const auto spec = read_spec(f, i);
        if (i == f.size()) {
            broken_ = true;
            return false;
        }
        constexpr std::string_view after_e = "cCxXyY", after_o = "deHkIlmMSuUVwWy";
        if (i + 1 < f.size() && ((f[i] == 'E' && after_e.find(f[i + 1]) != scan::none) ||
                                 (f[i] == 'O' && after_o.find(f[i + 1]) != scan::none))) {
            ++i;
        }
        if (known_ && !directive(f[i], spec)) return false;
        ++i;
        if (!known_) out_.append(f.substr(start, i - start));
    }
    return true;
}
}  // namespace

Formatted format_moment(std::string& out, const Moment& moment, std::string_view format, std::uint64_t most) {
    Formatter formatter(out, moment, most);
    if (formatter.run(format)) return Formatted::done;
    return formatter.is_broken() ? Formatted::broken : Formatted::too_long;
}

}  // namespace chapar::liquid
