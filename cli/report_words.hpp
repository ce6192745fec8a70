#pragma once
// What a report says, in English or Persian: words, numbers and days of either calendar. Any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "model/trace.hpp"

namespace chapar::cli {

enum class Word : std::uint8_t {
    title,
    accepted,
    sent,
    delivered,
    opened,
    clicked,
    by_people,
    all_hits,
    machines,
    unknown,
    bounced,
    hard,
    soft,
    blocked,
    content,
    unsubscribed,
    complained,
    kept_back,
    converted,
    revenue,
    cost,
    day,
    month,
    channel,
    template_name,
    variant,
    class_name,
    all_messages,
    ready_made,
    nothing,
    incomplete,
    by_day,
    by_month,
    by_part,
    way,
    of_sent,
    about_hits,
    made_at,
    total,
};

class ReportWords {
  public:
    ReportWords(model::Language language, bool is_jalali) : language_(language), is_jalali_(is_jalali) {}

    bool is_persian() const { return language_ == model::Language::fa; }
    std::string_view locale() const { return is_persian() ? "fa" : "en"; }
    std::string_view operator()(Word word) const;
    /// Of a reason by the name that the daemon gives it.
    std::string reason(std::string_view name) const;
    std::string channel(std::string_view name) const;
    std::string number(std::int64_t count) const;
    /// Millionths, with as many decimals as they have, two at most.
    std::string amount(std::int64_t millionths) const;
    std::string money(std::int64_t millionths, std::string_view currency) const;
    /// Of `whole`; empty where that is nothing.
    std::string share(std::int64_t part, std::int64_t whole) const;
    std::string day(std::int32_t day) const;        // "1405-09-09"
    std::string short_day(std::int32_t day) const;  // "9 Azar"
    std::string month(std::int32_t day) const;      // "Azar 1405"
    /// The first day of the month that `day` lies in.
    std::int32_t month_start(std::int32_t day) const;

  private:
    std::string date(std::int32_t day, std::string_view skeleton) const;
    const model::Language language_;
    const bool is_jalali_;
};

}  // namespace chapar::cli
