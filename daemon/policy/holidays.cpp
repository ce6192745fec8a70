#include "policy/holidays.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "base/jalali.hpp"
#include "config/node.hpp"
#include "config/suggest.hpp"
#include "policy/decide.hpp"
#include "policy/hijri.hpp"

namespace chapar::policy {
namespace {

using config::Node;

enum class System : std::uint8_t { jalali, hijri, gregorian };
constexpr std::array<std::string_view, 3> system_names{"jalali", "hijri", "gregorian"};
constexpr std::array<std::string_view, 5> day_keys{"name", "jalali", "hijri", "gregorian", "computed"};

struct Date {
    std::optional<int> year;  // absent: every year
    int month = 0, day = 0;
};

std::optional<int> digits(std::string_view text, std::size_t size) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.size() != size || error != std::errc() || end != text.data() + text.size() || value < 0)
        return std::nullopt;
    return value;
}

std::optional<Date> parse_date(std::string_view text) {
    Date out;
    if (text.size() == 10 && text[4] == '-') {
        out.year = digits(text.substr(0, 4), 4);
        if (!out.year) return std::nullopt;
        text.remove_prefix(5);
    }
    if (text.size() != 5 || text[2] != '-') return std::nullopt;
    const auto month = digits(text.substr(0, 2), 2), day = digits(text.substr(3), 2);
    if (!month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
    out.month = *month;
    out.day = *day;
    return out;
}

std::int64_t gregorian_day(int year, int month, int day) {
    using namespace std::chrono;
    const auto date = std::chrono::year(year) / month / day;
    return sys_days(date).time_since_epoch().count();
}

/// The longest a month can be in some year.
int most_days(System system, int month) {
    if (system == System::jalali) return times::jalali_month_days(1403, month);  // a leap year
    if (system == System::hijri) return 30;
    constexpr std::array most{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return most[static_cast<std::size_t>(month - 1)];
}

}  // namespace

class HolidayReader {
  public:
    explicit HolidayReader(const std::string& path) {
        out_.first_ = gregorian_day(Holidays::first_year, 1, 1);
        const auto end = gregorian_day(Holidays::last_year + 1, 1, 1);
        out_.names_by_day_.assign(static_cast<std::size_t>(end - out_.first_), 0);
        const Node root = config::parse_file(path, problems_);
        for (const auto& member : root.table) {
            if (member.key != "day") {
                wrong(member.place,
                      fmt::format("unknown key \"{}\": a calendar holds [[day]] tables only", member.key));
            } else if (!member.value.is_list_of_tables()) {
                wrong(member.place, "expected [[day]] tables");
            } else {
                for (const auto& day : member.value.list)
                    read_day(day);
            }
        }
        if (problems_.empty() && out_.names_.empty()) problems_.push_back({path, 0, 0, "holds no [[day]]"});
    }

    Result<std::shared_ptr<const Holidays>> take() {
        if (problems_.empty()) return std::make_shared<const Holidays>(std::move(out_));
        std::string text;
        for (const auto& problem : problems_)
            text.append(text.empty() ? "" : "\n").append(problem.sentence());
        return fail(Code::bad_calendar, std::move(text));
    }

  private:
    void wrong(const config::Place& place, std::string text) {
        problems_.push_back(config::problem_at(place, std::move(text)));
    }

    const std::string* text(const config::Member& member) {
        if (member.value.type == Node::Type::text && !member.value.text.empty()) return &member.value.text;
        wrong(member.value.place,
              fmt::format("day.{}: expected a text in quotes, found {}", member.key, member.value.described()));
        return nullptr;
    }

    void read_day(const Node& day) {
        const auto before = problems_.size();
        const std::string* name = nullptr;
        const config::Member* date = nullptr;
        bool computed = false;
        for (const auto& member : day.table) {
            if (member.key == "name") {
                name = text(member);
            } else if (member.key == "computed") {
                if (member.value.type != Node::Type::flag)
                    wrong(member.value.place, "day.computed: expected true or false");
                computed = member.value.flag;
            } else if (member.key == "jalali" || member.key == "hijri" || member.key == "gregorian") {
                if (date != nullptr)
                    wrong(member.place, fmt::format("a day has one date: {} or {}", date->key, member.key));
                date = &member;
            } else {
                wrong(member.place,
                      fmt::format("unknown key \"day.{}\"{}", member.key, config::suggestion(member.key, day_keys)));
            }
        }
        if (day.find("name") == nullptr) wrong(day.place, "a [[day]] needs a name");
        if (date == nullptr) wrong(day.place, R"(a [[day]] needs a date: jalali, hijri or gregorian = "MM-DD")");
        if (problems_.size() != before || name == nullptr || date == nullptr) return;
        read_date(*date, *name, computed);
    }

    void read_date(const config::Member& member, const std::string& name, bool computed) {
        System system = System::jalali;
        while (system_names[static_cast<std::size_t>(system)] != member.key)
            system = static_cast<System>(static_cast<int>(system) + 1);
        const auto* written = text(member);
        if (written == nullptr) return;
        const auto date = parse_date(*written);
        if (!date || date->day > most_days(system, date->month)) {
            wrong(member.value.place,
                  fmt::format(R"(day.{}: "{}" is no day: expected "MM-DD" or "YYYY-MM-DD" of that calendar)",
                              member.key, *written));
            return;
        }
        if ((system == System::hijri) != computed) {
            wrong(member.place, computed ? "day.computed: only a hijri date is computed"
                                         : "day.hijri: the official date can differ by a day; say computed = true");
            return;
        }
        out_.names_.push_back(name);
        const auto [first, last] = years(system);
        for (int year = date->year.value_or(first); year <= date->year.value_or(last); ++year)
            mark(system, year, *date);
    }

    static std::pair<int, int> years(System system) {
        if (system == System::jalali) return {Holidays::first_year - 622, Holidays::last_year - 621};
        if (system == System::hijri) return {1419, 1526};
        return {Holidays::first_year, Holidays::last_year};
    }

    void mark(System system, int year, const Date& date) {
        std::int64_t day = 0;
        if (system == System::hijri) {
            const auto found = hijri_.day(year, date.month, date.day);
            if (!found) return;
            day = *found;
        } else if (system == System::jalali) {
            if (date.day > times::jalali_month_days(year, date.month)) return;
            day = times::jalali_day({year, date.month, date.day});
        } else {
            using namespace std::chrono;
            if (!(std::chrono::year(year) / date.month / date.day).ok()) return;
            day = gregorian_day(year, date.month, date.day);
        }
        const auto at = day - out_.first_;
        if (at < 0 || at >= static_cast<std::int64_t>(out_.names_by_day_.size())) return;
        auto& slot = out_.names_by_day_[static_cast<std::size_t>(at)];
        if (slot == 0) slot = static_cast<std::uint16_t>(out_.names_.size());
    }

    std::vector<config::Problem> problems_;
    HijriCalendar hijri_;
    Holidays out_;
};

std::string_view Holidays::name_of(std::int64_t day) const {
    if (day < first_ || day - first_ >= static_cast<std::int64_t>(names_by_day_.size())) return {};
    const auto index = names_by_day_[static_cast<std::size_t>(day - first_)];
    return index == 0 ? std::string_view() : std::string_view(names_[index - 1U]);
}

Result<std::shared_ptr<const Holidays>> read_holidays(const std::string& path) { return HolidayReader(path).take(); }

}  // namespace chapar::policy
