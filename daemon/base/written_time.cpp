#include "base/written_time.hpp"

#include "base/jalali.hpp"
#include "base/written_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace chapar::written {
namespace {

using Answer = std::variant<Time, TimeProblem, NoTime>;
constexpr std::size_t longest_time = 128;

struct MonthName {
    std::string_view name;
    int month;
};
constexpr std::array<MonthName, 26> month_names = {
    {{"فروردین", 1},   {"اردیبهشت", 2},  {"خرداد", 3},       {"تیر", 4},     {"امرداد", 5}, {"مرداد", 5},
     {"شهریور", 6},    {"مهر", 7},       {"آبان", 8},        {"آذر", 9},     {"دی", 10},    {"بهمن", 11},
     {"اسفند", 12},    {"farvardin", 1}, {"ordibehesht", 2}, {"khordad", 3}, {"tir", 4},    {"mordad", 5},
     {"shahrivar", 6}, {"mehr", 7},      {"aban", 8},        {"azar", 9},    {"dey", 10},   {"bahman", 11},
     {"esfand", 12},   {"amordad", 5}}};

/// Latin letters small, Arabic letters as Persian ones: as the words below are written.
std::string folded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto two = text.substr(i, 2);
        const bool is_letter_of_arabic = two == "ي" || two == "ى" || two == "ك";
        if (is_letter_of_arabic) {
            out += two == "ك" ? "ک" : "ی";
            ++i;
        } else {
            out += text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
        }
    }
    return out;
}

class Scanner {
  public:
    explicit Scanner(std::string_view text) : text_(text) {}
    std::size_t at() const { return at_; }
    void back_to(std::size_t at) { at_ = at; }
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char c) {
        if (peek() != c) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view word) {
        if (!text_.substr(at_).starts_with(word)) return false;
        at_ += word.size();
        return true;
    }
    void blanks() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
            ++at_;
    }
    std::string_view digits() {
        const auto from = at_;
        while (is_digit(peek()))
            ++at_;
        return text_.substr(from, at_ - from);
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

int number_of(std::string_view digits) {
    int value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

struct Numbers {
    int year = 0, month = 0, day = 0;
    std::size_t year_at = 0, month_at = 0, day_at = 0;
};

class TimeReader {
  public:
    explicit TimeReader(std::string_view text) : written_(plain(text)), text_(folded(written_.text)), in_(text_) {}

    Answer read() {
        in_.blanks();
        const auto start = in_.at();
        Numbers numbers;
        if (!numeric_date(numbers) && !(in_.back_to(start), named_date(numbers))) return no_date();
        if (auto problem = set_day(numbers); !problem.sentence.empty()) return problem;
        if (auto problem = clock(); !problem.sentence.empty()) return problem;
        return time_;
    }

  private:
    TimeProblem wrong(std::size_t at, std::string sentence) const {
        return {written_.columns[std::min(at, written_.columns.size() - 1)], std::move(sentence)};
    }

    /// 1405/12/29, 2026-12-01, 14051229.
    bool numeric_date(Numbers& out) {
        out.year_at = in_.at();
        const auto first = in_.digits();
        if (first.size() == 8) {
            out.year = number_of(first.substr(0, 4));
            out.month = number_of(first.substr(4, 2));
            out.day = number_of(first.substr(6));
            out.month_at = out.year_at + 4;
            out.day_at = out.year_at + 6;
            return times::is_jalali_year(out.year) || (out.year >= 1900 && out.year < 2200);
        }
        in_.blanks();
        const char separator = in_.peek();
        if (first.size() != 4 || (separator != '-' && separator != '/' && separator != '.')) return false;
        in_.take(separator);
        in_.blanks();
        out.year = number_of(first);
        out.month_at = in_.at();
        const auto month = in_.digits();
        in_.blanks();
        if (month.empty() || month.size() > 2 || !in_.take(separator)) return false;
        in_.blanks();
        out.day_at = in_.at();
        const auto day = in_.digits();
        if (day.empty()) return false;
        out.month = number_of(month);
        out.day = number_of(day.substr(0, 4));
        return true;
    }

    /// ۲۹ اسفند ۱۴۰۵, 29 Esfand 1405.
    bool named_date(Numbers& out) {
        out.day_at = in_.at();
        const auto day = in_.digits();
        if (day.empty() || day.size() > 2) return false;
        in_.take("ام");
        in_.blanks();
        out.month_at = in_.at();
        for (const auto& [name, month] : month_names) {
            if (!in_.take(name)) continue;
            out.month = month;
            break;
        }
        in_.blanks();
        in_.take("ماه");
        in_.take(',');
        in_.blanks();
        out.year_at = in_.at();
        const auto year = in_.digits();
        out.day = number_of(day);
        out.year = number_of(year);
        return out.month != 0 && year.size() == 4 && times::is_jalali_year(out.year);
    }

    TimeProblem set_day(const Numbers& n) {
        if (n.month < 1 || n.month > 12) return wrong(n.month_at, fmt::format("there is no month {}", n.month));
        time_.is_jalali = times::is_jalali_year(n.year);
        if (time_.is_jalali) {
            const auto days = times::jalali_month_days(n.year, n.month);
            if (n.day < 1 || n.day > days)
                return wrong(n.day_at, fmt::format("month {} of {} has {} days", n.month, n.year, days));
            time_.day = times::jalali_day(n.year, n.month, n.day);
            return {};
        }
        using namespace std::chrono;
        const auto month = year(n.year) / static_cast<int>(n.month);
        const auto days = static_cast<unsigned>((month / last).day());
        if (n.day < 1 || static_cast<unsigned>(n.day) > days)
            return wrong(n.day_at, fmt::format("month {} of {} has {} days", n.month, n.year, days));
        time_.day = sys_days(month / n.day).time_since_epoch().count();
        return {};
    }

    /// What stands between the date and the time; false: nothing follows.
    bool between(bool& is_packed) {
        is_packed = in_.take('t');
        for (bool more = !is_packed; more;) {
            const auto before = in_.at();
            in_.blanks();
            in_.take(',');
            in_.take("،");
            in_.take("ساعت");
            in_.take('-');
            more = in_.at() != before;
        }
        return !in_.at_end();
    }

    TimeProblem clock() {
        auto problem = read_clock();
        problem.is_after_day = true;
        return problem;
    }

    TimeProblem read_clock() {
        bool is_packed = false;
        const auto before = in_.at();
        const bool follows = between(is_packed);
        if (!follows && !is_packed) return {};
        if (!follows) return wrong(before, "a time such as 09:00 is missing");
        if (in_.at() == before) return wrong(before, "a blank and a time such as 09:00 are expected here");
        const auto start = in_.at();
        int hour = 0, minute = 0, second = 0;
        if (auto problem = clock_numbers(is_packed, hour, minute, second); !problem.sentence.empty()) return problem;
        fraction();
        if (!half_of_day(hour)) return wrong(start, fmt::format("there is no hour {} in half a day", hour));
        const bool is_midnight = hour == 24 && minute == 0 && second == 0;
        if (hour > 23 && !is_midnight) return wrong(start, fmt::format("there is no hour {}", hour));
        if (minute > 59 || second > 60) return wrong(start, "minutes and seconds end at 59");
        time_.second_of_day = (hour * 60 + minute) * 60 + std::min(second, 59);
        return offset();
    }

    /// 9:30, 09:30:15, 0930 after T, 9 pm.
    TimeProblem clock_numbers(bool is_packed, int& hour, int& minute, int& second) {
        const auto start = in_.at();
        const auto first = in_.digits();
        hour = number_of(first);
        if (is_packed && (first.size() == 4 || first.size() == 6)) {
            hour = number_of(first.substr(0, 2));
            minute = number_of(first.substr(2, 2));
            if (first.size() == 6) second = number_of(first.substr(4));
            return {};
        }
        if (first.empty() || first.size() > 2) return wrong(start, "a time such as 09:00 is expected here");
        if (!in_.take(':')) {
            const auto end = in_.at();
            int as_half = hour;
            const bool is_half = half_of_day(as_half) && in_.at() != end;
            in_.back_to(end);
            return is_half ? TimeProblem{} : wrong(start, "a time such as 09:00 is expected here");
        }
        const auto minutes = in_.digits();
        if (minutes.size() != 2) return wrong(in_.at(), "minutes have two digits");
        minute = number_of(minutes);
        if (!in_.take(':')) return {};
        const auto seconds = in_.digits();
        if (seconds.size() != 2) return wrong(in_.at(), "seconds have two digits");
        second = number_of(seconds);
        return {};
    }

    void fraction() {
        if (in_.peek() != '.' && in_.peek() != ',') return;
        const auto point = in_.at();
        in_.take(in_.peek());
        std::string digits(in_.digits());
        if (digits.empty()) return in_.back_to(point);
        digits.resize(9, '0');
        time_.nanoseconds = number_of(digits);
    }

    /// am, pm, ق.ظ, ب.ظ, صبح, عصر, شب. False: the hour is none of half a day.
    bool half_of_day(int& hour) {
        const auto from = in_.at();
        in_.blanks();
        bool is_late = false, is_said = false;
        for (const std::string_view word : {"am", "a.m.", "ق.ظ.", "ق.ظ", "قبل از ظهر", "صبح"})
            is_said = is_said || in_.take(word);
        if (!is_said)
            for (const std::string_view word : {"pm", "p.m.", "ب.ظ.", "ب.ظ", "بعدازظهر", "بعد از ظهر", "عصر"})
                is_said = is_late = is_late || in_.take(word);
        if (!is_said) {
            in_.back_to(from);
            return true;
        }
        if (hour > 12) return is_late && hour < 24;
        hour = hour % 12 + (is_late ? 12 : 0);
        return true;
    }

    TimeProblem offset() {
        in_.blanks();
        if (in_.at_end()) return {};
        const auto start = in_.at();
        const bool is_named = in_.take('z') || in_.take("utc") || in_.take("gmt");
        if (is_named) time_.offset = 0;
        const bool is_minus = in_.peek() == '-';
        if (in_.take('+') || in_.take('-')) {
            const auto first = in_.digits();
            const int hours = number_of(first.substr(0, 2));
            int minutes = 0;
            if (first.size() == 4) {
                minutes = number_of(first.substr(2));
            } else if (in_.take(':')) {
                minutes = number_of(in_.digits());
            }
            if (first.empty() || first.size() == 3 || first.size() > 4 || hours > 18 || minutes > 59)
                return wrong(start, "an offset such as +03:30 is expected here");
            time_.offset = (is_minus ? -1 : 1) * (hours * 60 + minutes) * 60;
        }
        in_.blanks();
        if (in_.at_end()) return {};
        return wrong(in_.at(), "nothing is expected after the time");
    }

    /// Not in an order that is read here: a guess could be another day.
    Answer no_date() const {
        if (auto problem = year_elsewhere(); !problem.sentence.empty()) return problem;
        if (auto problem = other_order(); !problem.sentence.empty()) return problem;
        return NoTime{};
    }

    /// A year of the Iranian calendar, standing alone, or one of its months.
    TimeProblem year_elsewhere() const {
        const std::string_view all = text_;
        for (std::size_t at = 0; at < all.size(); ++at) {
            if (!is_digit(all[at])) continue;
            const auto end = std::min(all.find_first_not_of("0123456789", at), all.size());
            const auto year = all.substr(at, end - at);
            const bool is_offset = at > 0 && (all[at - 1] == '+' || all[at - 1] == ':');
            if (year.size() == 4 && times::is_jalali_year(number_of(year)) && !is_offset)
                return wrong(at, fmt::format("a date of the year {} is written {}/MONTH/DAY", year, year));
            at = end;
        }
        if (all.find_first_of("0123456789") == std::string_view::npos) return {};
        for (const auto& [name, month] : month_names) {
            const auto at = all.find(name);
            const bool is_word = at != std::string_view::npos && name.size() > 3 && (at == 0 || all[at - 1] == ' ');
            if (is_word) return wrong(at, "a date of the Iranian calendar is written YEAR/MONTH/DAY");
        }
        return {};
    }

    /// 05/12/29 and 05/12/2026.
    TimeProblem other_order() const {
        std::array<std::string_view, 3> parts;
        Scanner in(text_);
        in.blanks();
        const auto start = in.at();
        char separator = '\0';
        for (std::size_t i = 0; i < 3; ++i) {
            parts[i] = in.digits();
            if (parts[i].empty()) return {};
            if (i == 0) separator = in.peek();
            const bool is_separator = separator == '/' || separator == '-' || separator == '.';
            if (i < 2 && (!is_separator || !in.take(separator))) return {};
        }
        if (parts[0].size() > 2 || parts[1].size() > 2) return {};
        if (parts[2].size() <= 2) return wrong(start, "a year has four digits: YEAR/MONTH/DAY");
        const auto day = number_of(parts[0]), month = number_of(parts[1]);
        if (parts[2].size() != 4 || day > 12 || month > 12 || day == month) return {};
        return wrong(start,
                     fmt::format("{}{}{} could be two days: the year comes first", parts[0], separator, parts[1]));
    }

    Plain written_;
    std::string text_;
    Scanner in_;
    Time time_;
};

}  // namespace

Answer read_time(std::string_view text) {
    if (text.empty() || text.size() > longest_time) return NoTime{};
    return TimeReader(text).read();
}

}  // namespace chapar::written
