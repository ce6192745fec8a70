// The POSIX TZ text at the end of a TZif file: how the offset changes in the years that the table does not hold.
#include <algorithm>
#include <chrono>
#include <limits>

#include "base/tzif.hpp"

namespace chapar::times {
namespace {

using std::chrono::sys_days;

struct Rule {
    enum class Kind : std::uint8_t { month_week, julian, zero_based } kind = Kind::month_week;
    int month = 0, week = 0, day = 0;
    int time = 2 * 3600;
};

class RuleText {
  public:
    explicit RuleText(std::string_view text) : text_(text) {}
    bool at_end() const { return text_.empty(); }
    bool take(char c) {
        if (text_.empty() || text_.front() != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    bool name(std::string& out) {
        if (take('<')) {
            const auto end = text_.find('>');
            if (end == std::string_view::npos) return false;
            out = text_.substr(0, end);
            text_.remove_prefix(end + 1);
            return true;
        }
        std::size_t n = 0;
        while (n < text_.size() && ((text_[n] | 0x20) >= 'a' && (text_[n] | 0x20) <= 'z'))
            ++n;
        out = text_.substr(0, n);
        text_.remove_prefix(n);
        return n >= 3;
    }
    bool number(int& out) {
        std::size_t n = 0;
        out = 0;
        while (n < text_.size() && n < 4 && text_[n] >= '0' && text_[n] <= '9')
            out = out * 10 + (text_[n++] - '0');
        text_.remove_prefix(n);
        return n > 0;
    }
    bool time(int& out) {
        const bool minus = take('-');
        if (!minus) take('+');
        int hours = 0, minutes = 0, seconds = 0;
        if (!number(hours)) return false;
        if (take(':') && !number(minutes)) return false;
        if (take(':') && !number(seconds)) return false;
        out = (hours * 60 + minutes) * 60 + seconds;
        if (minus) out = -out;
        return true;
    }
    bool next_is_offset() const {
        return !text_.empty() &&
               (text_.front() == '-' || text_.front() == '+' || (text_.front() >= '0' && text_.front() <= '9'));
    }
    bool rule(Rule& out) {
        if (!take(',')) return false;
        if (take('M')) {
            if (!number(out.month) || !take('.') || !number(out.week) || !take('.') || !number(out.day)) return false;
        } else {
            out.kind = take('J') ? Rule::Kind::julian : Rule::Kind::zero_based;
            if (!number(out.day)) return false;
        }
        return !take('/') || time(out.time);
    }

  private:
    std::string_view text_;
};

sys_days day_of(const Rule& rule, int year) {
    using namespace std::chrono;
    const auto y = std::chrono::year(year);
    const auto first = sys_days(y / January / 1);
    if (rule.kind == Rule::Kind::zero_based) return first + days(rule.day);
    if (rule.kind == Rule::Kind::julian) return first + days(rule.day - 1 + (y.is_leap() && rule.day >= 60 ? 1 : 0));
    const auto m = month(static_cast<unsigned>(rule.month));
    const auto wanted = weekday(static_cast<unsigned>(rule.day));
    if (rule.week >= 5) return sys_days(y / m / wanted[last]);
    return sys_days(y / m / wanted[static_cast<unsigned>(rule.week)]);
}

std::int64_t moment(const Rule& rule, int year, std::int64_t offset_before) {
    return (day_of(rule, year).time_since_epoch().count() * 86'400LL + rule.time - offset_before) * 1000;
}

/// One half of the year.
struct Season {
    std::int64_t offset = 0;  // seconds
    ZoneName name;
};

struct Change {
    std::int64_t at;
    const Season* season;
};

void append_years(ZoneTable& table, const Rule& start, const Rule& end, const Season& standard, const Season& summer) {
    const auto last = table.starts.back();
    const auto from = std::max<std::int64_t>(last, 0) / 1000;
    const auto today = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(from)));
    const int first_year = static_cast<int>(std::chrono::year_month_day(today).year());
    for (int year = first_year; year <= last_ruled_year; ++year) {
        Change changes[] = {{moment(start, year, standard.offset), &summer},
                            {moment(end, year, summer.offset), &standard}};
        if (changes[1].at < changes[0].at) std::swap(changes[0], changes[1]);
        for (const auto& [at, season] : changes) {
            if (at <= last || season->offset * 1000 == table.offsets.back()) continue;
            table.starts.push_back(at);
            table.offsets.push_back(season->offset * 1000);
            table.names.push_back(season->name);
        }
    }
}

}  // namespace

bool extend(ZoneTable& table, std::string_view posix) {
    RuleText text(posix);
    Season standard, summer;
    int west = 0;
    if (!text.name(standard.name.text) || !text.time(west)) return false;
    standard.offset = -west;
    if (text.at_end()) return true;  // the last line of the table goes on
    summer.offset = standard.offset + 3600;
    if (!text.name(summer.name.text)) return false;
    if (text.next_is_offset()) {
        if (!text.time(west)) return false;
        summer.offset = -west;
    }
    summer.name.is_summer = true;
    Rule start, end;
    if (!text.rule(start) || !text.rule(end) || !text.at_end()) return false;
    for (const auto* rule : {&start, &end}) {
        if (rule->kind == Rule::Kind::month_week &&
            (rule->month < 1 || rule->month > 12 || rule->week < 1 || rule->week > 5 || rule->day > 6)) {
            return false;
        }
    }
    // Dublin's winter time is "daylight saving" with a negative shift; Casablanca and El Aaiun write their years out.
    append_years(table, start, end, standard, summer);
    return true;
}

}  // namespace chapar::times
