#include "cli/report_data.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "cli/answer.hpp"

namespace chapar::cli {
namespace {

using model::Named;
using model::Tallied;

std::optional<std::int32_t> day_of(std::string_view text) {
    std::array<int, 3> parts{};
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto end = text.find('-');
        const auto part = text.substr(0, end);
        if (std::from_chars(part.data(), part.data() + part.size(), parts[i]).ec != std::errc()) return std::nullopt;
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    const std::chrono::year_month_day date{std::chrono::year(parts[0]),
                                           std::chrono::month(static_cast<unsigned>(parts[1])),
                                           std::chrono::day(static_cast<unsigned>(parts[2]))};
    if (!date.ok()) return std::nullopt;
    return static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count());
}

/// "-12.5" as millionths.
std::int64_t millionths(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    std::int64_t out = 0;
    int decimals = -1;
    for (const char c : text) {
        if (c == '.') {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || decimals == 6) break;
        out = out * 10 + (c - '0');
        if (decimals >= 0) ++decimals;
    }
    for (int i = std::max(decimals, 0); i < 6; ++i)
        out *= 10;
    return is_negative ? -out : out;
}

element member(const element& of, std::string_view name) {
    element out;
    return of[name].get(out) == simdjson::SUCCESS ? out : of;
}

template <class Visit>
void each_text(const element& of, std::string_view name, Visit visit) {
    simdjson::dom::object object;
    if (of[name].get(object) != simdjson::SUCCESS) return;
    for (const auto field : object) {
        std::string_view text;
        if (field.value.get(text) == simdjson::SUCCESS) visit(field.key, text);
    }
}

/// The counts of model::Tallied from `first` on.
void read_hits(const element& row, std::string_view once, std::string_view all, Tallied first, model::Tally& out) {
    const auto messages = member(row, once), hits = member(row, all);
    const auto at = static_cast<std::size_t>(first);
    out.by[at] = number(messages, "raw");
    out.by[at + 1] = number(messages, "human");
    out.by[at + 2] = number(hits, "human");
    out.by[at + 3] = number(hits, "unknown");
    out.by[at + 4] = number(hits, "machine");
}

void read_named(const element& row, model::Tally& out) {
    simdjson::dom::object reasons, goals;
    if (row["kept_back"].get(reasons) == simdjson::SUCCESS)
        for (const auto field : reasons)
            out.add(Named::kept_back, field.key, number(member(row, "kept_back"), field.key));
    each_text(row, "converted", [&](std::string_view goal, std::string_view value) {
        out.add(Named::converted, goal, millionths(value));
    });
    each_text(row, "cost", [&](std::string_view currency, std::string_view value) {
        out.add(Named::cost, currency, millionths(value));
    });
    if (row["revenue"].get(goals) != simdjson::SUCCESS) return;
    for (const auto goal : goals)
        each_text(member(row, "revenue"), goal.key, [&](std::string_view currency, std::string_view value) {
            out.add(Named::revenue, std::string(goal.key) + ' ' + std::string(currency), millionths(value));
        });
}

model::Tally read_tally(const element& row) {
    model::Tally out;
    out.add(Tallied::accepted, number(row, "accepted"));
    out.add(Tallied::sent, number(row, "sent"));
    out.add(Tallied::delivered, number(row, "delivered"));
    const auto bounces = member(row, "bounced");
    out.add(Tallied::bounced_hard, number(bounces, "hard"));
    out.add(Tallied::bounced_soft, number(bounces, "soft"));
    out.add(Tallied::bounced_blocked, number(bounces, "blocked"));
    out.add(Tallied::bounced_content, number(bounces, "content"));
    read_hits(row, "opened", "opens", Tallied::opened, out);
    read_hits(row, "clicked", "clicks", Tallied::clicked, out);
    out.add(Tallied::unsubscribed, number(row, "unsubscribed"));
    out.add(Tallied::complained, number(row, "complained"));
    if (flag(row, "incomplete")) out.add(Tallied::damaged, 1);
    read_named(row, out);
    return out;
}

}  // namespace

std::optional<Report> read_report(std::string_view json) {
    simdjson::dom::parser parser;
    element answer;
    if (parser.parse(json.data(), json.size()).get(answer) != simdjson::SUCCESS) return std::nullopt;
    Report out;
    out.timezone = text(answer, "timezone");
    out.locale = text(answer, "locale");
    for (const auto& row : entries(answer, "rows")) {
        const auto day = day_of(text(row, "day"));
        if (!day) return std::nullopt;
        const auto tally = read_tally(row);
        out.days[*day] += tally;
        out.parts[{std::string(text(row, "class")), std::string(text(row, "channel")),
                   std::string(text(row, "template")), std::string(text(row, "variant"))}] += tally;
        out.total += tally;
    }
    if (out.days.empty()) return out;
    const auto first = out.days.begin()->first, last = out.days.rbegin()->first;
    for (auto day = first; day < last; ++day)
        out.days.try_emplace(day);
    return out;
}

std::map<std::string, std::int64_t> named(const model::Tally& tally, Named what) {
    std::map<std::string, std::int64_t> out;
    for (const auto& [name, count] : tally.named)
        if (name.first == what) out[name.second] += count;
    return out;
}

std::int64_t bounced(const model::Tally& tally) {
    return tally.of(Tallied::bounced_hard) + tally.of(Tallied::bounced_soft) + tally.of(Tallied::bounced_blocked) +
           tally.of(Tallied::bounced_content);
}

std::int64_t kept_back(const model::Tally& tally) {
    std::int64_t out = 0;
    for (const auto& [name, count] : tally.named)
        if (name.first == Named::kept_back) out += count;
    return out;
}

}  // namespace chapar::cli
