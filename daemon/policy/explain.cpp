#include "policy/explain.hpp"

#include "base/jalali.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

namespace chapar::policy {

std::string_view name(GateName gate) {
    switch (gate) {
        case GateName::address:
            return "address";
        case GateName::consent:
            return "consent";
        case GateName::suppression:
            return "suppression";
        case GateName::expiry:
            return "expiry";
        case GateName::dedupe:
            return "dedupe";
        case GateName::exemption:
            return "exemption";
        case GateName::quiet:
            return "quiet";
        case GateName::cap:
            return "cap";
    }
    return "";
}

std::string persian_digits(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c < '0' || c > '9') {
            out += c;
            continue;
        }
        out += '\xDB';  // U+06F0 and on
        out += static_cast<char>(0xB0 + (c - '0'));
    }
    return out;
}

std::string persian_moment(Timestamp at, const Zone& zone) {
    static constexpr std::array<std::string_view, 7> days{"یکشنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنجشنبه",
                                                          "جمعه",   "شنبه"};
    static constexpr std::array<std::string_view, 12> months{"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور",
                                                             "مهر",     "آبان",     "آذر",   "دی",  "بهمن",  "اسفند"};
    const auto wall = zone.local(at);
    const auto date = times::jalali_date(wall.day);
    const int seconds = wall.millisecond / 1000;
    return persian_digits(fmt::format("{} {} {} {}، {:02}:{:02}:{:02}", days[static_cast<std::size_t>(wall.weekday())],
                                      date.day, months[static_cast<std::size_t>(date.month - 1)], date.year,
                                      seconds / 3600, seconds / 60 % 60, seconds % 60));
}

std::string moment_words(Timestamp at, const Zone& zone) {
    static constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    const auto wall = zone.local(at);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(wall.day))};
    const int seconds = wall.millisecond / 1000;
    auto text = fmt::format("{} {:04}-{:02}-{:02} {:02}:{:02}", days[static_cast<std::size_t>(wall.weekday())],
                            static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                            static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 != 0 || wall.millisecond % 1000 != 0) text += fmt::format(":{:02}", seconds % 60);
    if (wall.millisecond % 1000 != 0) text += fmt::format(".{:03}", wall.millisecond % 1000);
    return text.append(" (").append(zone.name()).append(")");
}

std::string counter_words(const config::CapSettings& cap, double counter, double limit) {
    switch (cap.count_by) {
        case config::CapSettings::CountBy::messages:
            return fmt::format("{:g} of {:g} messages", counter, limit);
        case config::CapSettings::CountBy::segments:
            return fmt::format("{:g} of {:g} SMS segments", counter, limit);
        case config::CapSettings::CountBy::cost:
            return fmt::format("a cost of {:.10g} of {:.10g}", counter, limit);
    }
    return {};
}

std::string length_words(Milliseconds length) {
    const auto ms = length.count();
    struct Part {
        std::int64_t size;
        std::string_view name;
    };
    for (const auto& unit : {Part{86'400'000, "d"}, Part{3'600'000, "h"}, Part{60'000, "min"}, Part{1000, "s"}})
        if (ms >= unit.size && ms % unit.size == 0) return fmt::format("{} {}", ms / unit.size, unit.name);
    return fmt::format("{} ms", ms);
}

void tell(const Ask& ask, Finding finding) {
    if (ask.findings() != nullptr) ask.findings()->push_back(std::move(finding));
}

Finding finding(GateName gate, bool passed, const Ask& ask, int step, std::string words) {
    Finding out;
    out.gate = gate;
    out.passed = passed;
    out.channel = ask.step(step).channel;
    out.words = std::move(words);
    return out;
}

}  // namespace chapar::policy
