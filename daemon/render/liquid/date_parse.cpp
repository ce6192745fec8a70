// Reads a date and time from free text with the heuristics (and the order of trying them) of the reference's language:
// a time anywhere, a weekday, then the first of the European, American, ISO, VMS, slashed, dotted and packed forms.
#include <unicode/regex.h>

#include <array>
#include <charconv>
#include <map>
#include <memory>
#include <vector>

#include "render/liquid/date.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
constexpr std::size_t longest = 128;  // as the reference: longer texts are no dates
constexpr const char* months_pattern = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";

using Groups = std::vector<std::string>;

/// A pattern, compiled once and shared; each use has its own matcher.
class Pattern {
  public:
    explicit Pattern(const std::string& text) {
        UErrorCode status = U_ZERO_ERROR;
        UParseError where{};
        pattern_.reset(
            icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(text), UREGEX_CASE_INSENSITIVE, where, status));
    }
    /// The groups of the first match, which is replaced by a space in `text`. Groups without a part are empty.
    bool take(std::string& text, Groups& groups) const {
        UErrorCode status = U_ZERO_ERROR;
        const auto wide = icu::UnicodeString::fromUTF8(text);
        const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(wide, status));
        if (U_FAILURE(status) || !matcher->find()) return false;
        groups.assign(static_cast<std::size_t>(matcher->groupCount()) + 1, {});
        for (int32_t i = 0; i <= matcher->groupCount(); ++i) {
            if (matcher->start(i, status) >= 0)
                matcher->group(i, status).toUTF8String(groups[static_cast<std::size_t>(i)]);
        }
        icu::UnicodeString rest(wide, 0, matcher->start(status));
        rest.append(u' ').append(wide, matcher->end(status), wide.length() - matcher->end(status));
        text.clear();
        rest.toUTF8String(text);
        return true;
    }

  private:
    std::unique_ptr<icu::RegexPattern> pattern_;
};

struct Fields {
    std::optional<std::int64_t> year, yearday, month, day, hour, minute, second;
    std::optional<std::int32_t> nanoseconds;
    std::string zone;
    bool two_digit_years = true;  // 69..99 are of the last century, 0..68 of this one
    bool any() const { return year || yearday || month || day || hour || minute || second || nanoseconds; }
};

std::int64_t to_int(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::int32_t to_nanoseconds(std::string digits) {
    digits.resize(9, '0');
    return static_cast<std::int32_t>(to_int(digits));
}

int month_number(std::string_view name) {
    const auto at = std::string_view("janfebmaraprmayjunjulaugsepoctnovdec").find(name.substr(0, 3));
    return static_cast<int>(at / 3) + 1;
}

/// The digits of `s` (perhaps signed), and what follows them.
std::string_view number_in(std::string_view s, std::string_view& rest, bool& has_sign) {
    std::size_t at = 0;
    while (at < s.size() && !scan::is_digit(s[at]))
        ++at;
    const auto start = at;
    while (at < s.size() && scan::is_digit(s[at]))
        ++at;
    rest = s.substr(at);
    has_sign = start > 0 && (s[start - 1] == '-' || s[start - 1] == '+');
    return s.substr(has_sign ? start - 1 : start, at - (has_sign ? start - 1 : start));
}

/// Year, month and day out of three parts whose order is not certain.
void set_date(Fields& f, std::string y, std::string m, std::string d, bool before_christ) {
    if (!y.empty() && !m.empty() && d.empty()) {
        std::swap(y, d);  // y m -> d y m
        std::swap(y, m);
    }
    if (y.empty() && (d.size() > 2 || d.starts_with('\''))) std::swap(y, d);
    std::string_view rest;
    bool has_sign = false;
    if (!y.empty()) {
        const std::string digits(number_in(y, rest, has_sign));
        if (!rest.empty()) {  // "3rd": it was the day
            y = d;
            d = has_sign ? digits.substr(1) : digits;
        }
    }
    if (m.starts_with('\'') || m.size() > 2) {  // y m d -> m d y
        std::swap(y, m);
        std::swap(m, d);
    }
    if (d.starts_with('\'') || d.size() > 2) std::swap(y, d);
    if (!y.empty()) {
        const auto digits = number_in(y, rest, has_sign);
        if (has_sign || digits.size() > 2) f.two_digit_years = false;
        f.year = before_christ ? 1 - to_int(digits) : to_int(digits);
    }
    if (!m.empty()) f.month = to_int(number_in(m, rest, has_sign = false));
    if (!d.empty()) f.day = to_int(number_in(d, rest, has_sign = false));
    if (f.month && *f.month < 0) f.month = -*f.month;
    if (f.day && *f.day < 0) f.day = -*f.day;
}

void take_time(std::string& text, Fields& f) {
    static const Pattern with_zone(
        "("
        "(?:\\d+\\s*:\\s*\\d+(?:\\s*:\\s*\\d+(?:[,.]\\d*)?)?|\\d+\\s*h(?:\\s*\\d+m?(?:\\s*\\d+s?)?)?)"
        "(?:\\s*[ap](?:m\\b|\\.m\\.))?"
        "|\\d+\\s*[ap](?:m\\b|\\.m\\.)"
        ")"
        "(?:\\s*("
        "(?:gmt|utc?)?[-+]\\d+(?:[,.:]\\d+(?::\\d+)?)?"
        "|(?-i:[a-zA-Z.\\s]+)(?:standard|daylight)\\stime\\b"
        "|(?-i:[a-zA-Z]+)(?:\\sdst)?\\b"
        "))?");
    static const Pattern parts(
        "^(\\d+)h?(?:\\s*:?\\s*(\\d+)m?(?:\\s*:?\\s*(\\d+)(?:[,.](\\d*))?s?)?)?(?:\\s*([ap])(?:m\\b|\\.m\\.))?");
    Groups groups, clock;
    if (!with_zone.take(text, groups)) return;
    f.zone = groups[2];
    if (!parts.take(groups[1], clock)) return;
    f.hour = to_int(clock[1]);
    if (!clock[2].empty()) f.minute = to_int(clock[2]);
    if (!clock[3].empty()) f.second = to_int(clock[3]);
    if (!clock[4].empty()) f.nanoseconds = to_nanoseconds(clock[4]);
    if (!clock[5].empty()) f.hour = *f.hour % 12 + (clock[5] == "p" ? 12 : 0);
}

/// 14 mar 2016, mar 14 2016.
bool take_named_month(std::string& text, Fields& f) {
    const std::string era = "(c(?:e|\\.e\\.)|b(?:ce|\\.c\\.e\\.)|a(?:d|\\.d\\.)|b(?:c|\\.c\\.))?";
    static const Pattern european("('?\\d+)[^-\\d\\s]*\\s*(" + std::string(months_pattern) + ")[^-\\d\\s']*(?:\\s*" +
                                  era + "\\s*('?-?\\d+(?:(?:st|nd|rd|th)\\b)?))?");
    static const Pattern american("\\b(" + std::string(months_pattern) +
                                  ")[^-\\d\\s']*\\s*('?\\d+)[^-\\d\\s']*(?:\\s*,?\\s*" + era + "\\s*('?-?\\d+))?");
    Groups g;
    if (european.take(text, g)) {
        set_date(f, g[4], std::to_string(month_number(g[2])), g[1], g[3].starts_with('b'));
        return true;
    }
    if (!american.take(text, g)) return false;
    set_date(f, g[4], std::to_string(month_number(g[1])), g[2], g[3].starts_with('b'));
    return true;
}

/// 2016-03-14, 14-mar-2016, 2016/03/14, 14.3.2016.
bool take_separated(std::string& text, Fields& f) {
    static const Pattern iso("('?[-+]?\\d+)-(\\d+)-('?-?\\d+)");
    static const Pattern vms("('?-?\\d+)-(" + std::string(months_pattern) + ")[^-/.]*-('?-?\\d+)");
    static const Pattern vms_month_first("\\b(" + std::string(months_pattern) + ")[^-/.]*-('?-?\\d+)(?:-('?-?\\d+))?");
    static const Pattern slashed("('?-?\\d+)/\\s*('?\\d+)(?:\\D\\s*('?-?\\d+))?");
    static const Pattern dotted("('?-?\\d+)\\.\\s*('?\\d+)\\.\\s*('?-?\\d+)");
    Groups g;
    if (iso.take(text, g)) {  // NOLINT(bugprone-branch-clone): the order of the forms decides
        set_date(f, g[1], g[2], g[3], false);
    } else if (vms.take(text, g)) {
        set_date(f, g[3], std::to_string(month_number(g[2])), g[1], false);
    } else if (vms_month_first.take(text, g)) {
        set_date(f, g[3], std::to_string(month_number(g[1])), g[2], false);
    } else if (slashed.take(text, g) || dotted.take(text, g)) {
        set_date(f, g[1], g[2], g[3], false);
    } else {
        return false;
    }
    return true;
}

/// Week dates, --03-14, ordinal dates, and single parts: '16, mar, 14th.
bool take_parts(std::string& text, Fields& f) {
    static const Pattern week("\\b(\\d{2}|\\d{4})?-?w(\\d{2})(?:-?(\\d))?\\b");
    static const Pattern month_day("--(\\d{2})?-(\\d{2})\\b");
    static const Pattern packed_month_day("--(\\d{2})(\\d{2})?\\b");
    static const Pattern ordinal("\\b(\\d{2}|\\d{4})-(\\d{3})\\b");
    static const Pattern year("'(\\d+)\\b"), month("\\b(" + std::string(months_pattern) + ")\\S*");
    static const Pattern day("(\\d+)(st|nd|rd|th)\\b");
    Groups g;
    if (week.take(text, g)) return true;  // the reference takes the week and then has no use for it
    if (month_day.take(text, g) || packed_month_day.take(text, g)) {
        if (!g[1].empty()) f.month = to_int(g[1]);
        if (!g[2].empty()) f.day = to_int(g[2]);
    } else if (ordinal.take(text, g)) {
        f.year = to_int(g[1]);
        f.yearday = to_int(g[2]);
    } else if (year.take(text, g)) {
        f.year = to_int(g[1]);
    } else if (month.take(text, g)) {
        f.month = month_number(g[1]);
    } else if (day.take(text, g)) {
        f.day = to_int(g[1]);
    } else {
        return false;
    }
    return true;
}

/// Cuts `digits` from the front into parts of 2 (the year's part first).
void set_packed(Fields& f, const std::string& sign, const std::string& d) {
    const auto two = [&](std::size_t at) { return to_int(std::string_view(d).substr(at, 2)); };
    const std::size_t year = d.size() >= 7 ? 4 : d.size() >= 5 ? 2 : 0;
    if (year > 0) f.year = to_int(sign + d.substr(0, year));
    if (d.size() % 2 == 1) {
        f.yearday = to_int(d.substr(year, 3));
        return;
    }
    if (d.size() == 2) {
        f.day = two(0);
        return;
    }
    f.month = two(year);
    f.day = two(year + 2);
    if (d.size() >= 10) f.hour = two(8);
    if (d.size() >= 12) f.minute = two(10);
    if (d.size() >= 14) f.second = two(12);
    if (d.size() >= 8) f.two_digit_years = false;
}

/// Cut from the back: digits before a fraction end with the seconds.
void set_packed_time(Fields& f, const std::string& d) {
    std::array<std::optional<std::int64_t>*, 6> parts = {&f.second, &f.minute, &f.hour, &f.day, &f.month, &f.year};
    auto end = d.size();
    for (std::size_t i = 0; i < parts.size() && end > 0; ++i) {
        const auto n = std::min<std::size_t>(i == 5 ? 4 : 2, end);
        *parts[i] = to_int(std::string_view(d).substr(end - n, n));
        end -= n;
    }
    if (d.size() == 14) f.two_digit_years = false;
}

bool take_digits(std::string& text, Fields& f) {
    static const Pattern digits("([-+]?)(\\d{2,14})(?:\\s*t?\\s*(\\d{2,6})?(?:[,.](\\d*))?)?(z\\b|[-+]\\d{1,4}\\b)?");
    Groups g;
    if (!digits.take(text, g)) return false;
    if (g[3].empty() && !g[4].empty()) {
        set_packed_time(f, g[2]);
    } else if (g[2].size() <= 8 || g[2].size() % 2 == 0) {
        set_packed(f, g[1], g[2]);
    }
    if (g[3].size() % 2 == 0 && !g[3].empty()) {
        const auto two = [&](std::size_t at) { return to_int(std::string_view(g[3]).substr(at, 2)); };
        if (!g[4].empty()) {
            set_packed_time(f, g[3]);
        } else {
            f.hour = two(0);
            if (g[3].size() >= 4) f.minute = two(2);
            if (g[3].size() >= 6) f.second = two(4);
        }
    }
    if (!g[4].empty()) f.nanoseconds = to_nanoseconds(g[4]);
    if (!g[5].empty()) f.zone = g[5];
    return true;
}

Fields read_fields(std::string text) {
    static const Pattern weekday("\\b(sun|mon|tue|wed|thu|fri|sat)[^-/\\d\\s]*");
    static const Pattern before_christ("\\b(bc\\b|bce\\b|b\\.c\\.|b\\.c\\.e\\.)");
    static const Pattern lone_number("^\\s*(\\d{1,2})\\s*$");
    Fields f;
    Groups g;
    weekday.take(text, g);
    take_time(text, f);
    if (!take_named_month(text, f) && !take_separated(text, f) && !take_parts(text, f)) take_digits(text, f);
    if (before_christ.take(text, g) && f.year) f.year = 1 - *f.year;
    if (lone_number.take(text, g)) {
        const auto n = to_int(g[1]);
        if (f.hour && !f.day && n >= 1 && n <= 31) f.day = n;
        if (f.day && !f.hour && n <= 24) f.hour = n;
    }
    if (f.two_digit_years && f.year && *f.year >= 0 && *f.year <= 99) *f.year += *f.year >= 69 ? 1900 : 2000;
    return f;
}

/// Offset of a zone by name or number, in seconds. False: it has none.
bool zone_offset(std::string zone, std::int32_t& offset) {
    for (auto& c : zone) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    static const std::map<std::string, int, std::less<>> hours = {{"UTC", 0},  {"Z", 0},    {"UT", 0},   {"GMT", 0},
                                                                  {"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
                                                                  {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    if (const auto known = hours.find(zone); known != hours.end()) {
        offset = known->second * 3600;
        return true;
    }
    if (zone.size() == 1 && zone[0] >= 'A' && zone[0] <= 'Y' && zone[0] != 'J') {  // military letters
        offset = (zone[0] <= 'M' ? zone[0] - 'A' + (zone[0] < 'J' ? 1 : 0) : 'N' - zone[0] - 1) * 3600;
        return true;
    }
    static const Pattern numeric("^([+-])(\\d\\d)(?:(:?)(\\d\\d)(?:\\3(\\d\\d))?)?$");
    Groups g;
    if (!numeric.take(zone, g)) return false;
    offset = static_cast<std::int32_t>((to_int(g[2]) * 60 + to_int(g[4])) * 60 + to_int(g[5]));
    if (g[1] == "-") offset = -offset;
    return true;
}

bool is_utc(std::string_view zone) {
    return zone == "z" || zone == "utc" || zone == "ut" || zone == "gmt" || zone == "-00:00" || zone == "-0000" ||
           zone == "-00";
}

/// What the text leaves out before its first part comes from now; what it leaves out after, from the beginning.
void fill(Fields& f, const Moment& now) {
    const auto local = now.seconds + now.offset;
    auto days = local / 86400;
    if (local % 86400 < 0) --days;
    const auto today = civil_from_days(days);
    const auto of_day = local - days * 86400;
    const std::array<std::pair<std::optional<std::int64_t>*, std::int64_t>, 5> parts = {
        {{&f.year, today.year},
         {&f.month, today.month},
         {&f.day, today.day},
         {&f.hour, of_day / 3600},
         {&f.minute, of_day / 60 % 60}}};
    for (const auto& [part, value] : parts) {
        if (*part || (part == &f.month && f.yearday)) break;
        *part = value;
    }
}
}  // namespace

std::optional<Moment> parse_moment(std::string_view input, const Moment& now, const times::ZoneClock& zone) {
    if (input.size() > longest) return std::nullopt;
    std::string text;
    for (char c : input) {
        const bool kept = scan::is_alpha(c) || scan::is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
                          std::string_view("-+',./:@[]").find(c) != std::string_view::npos;
        if (kept) {
            text += c;
        } else if (text.empty() || text.back() != ' ') {
            text += ' ';
        }
    }
    auto f = read_fields(text);
    if (!f.any()) return std::nullopt;
    std::int32_t offset = 0;
    const bool has_offset = !f.zone.empty() && zone_offset(f.zone, offset);
    auto base = now;
    if (has_offset) base.offset = offset;
    fill(f, base);
    if (f.yearday && !f.month) {
        if (*f.yearday < 1 || *f.yearday > 366) return std::nullopt;
        const auto date = civil_from_days(days_from_civil(f.year.value_or(1970), 1, 1) + *f.yearday - 1);
        f.month = date.month;
        f.day = date.day;
    }
    const auto year = f.year.value_or(1970), month = f.month.value_or(1), day = f.day.value_or(1);
    const auto hour = f.hour.value_or(0), minute = f.minute.value_or(0), second = f.second.value_or(0);
    const bool in_bounds = month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 24 && minute <= 59 &&
                           second <= 60 && (hour < 24 || (minute == 0 && second == 0)) && std::abs(year) < 3'000'000;
    if (!in_bounds) return std::nullopt;
    const auto wall = days_from_civil(year, static_cast<int>(month), static_cast<int>(day)) * 86400 + hour * 3600 +
                      minute * 60 + second;
    const auto nanoseconds = f.nanoseconds.value_or(0);
    if (!has_offset) return in_zone(zone.moment(wall), nanoseconds, zone);
    if (is_utc(f.zone)) return Moment{wall, nanoseconds, 0, "UTC"};
    auto moment = in_zone(wall - offset, nanoseconds, zone);
    if (moment.offset != offset) moment = {wall - offset, nanoseconds, offset, ""};
    return moment;
}

}  // namespace chapar::liquid
