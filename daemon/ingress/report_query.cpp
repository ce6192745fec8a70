#include "ingress/report_query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/written_time.hpp"
#include "config/suggest.hpp"
#include "ingress/endpoints.hpp"

namespace chapar::ingress {
namespace {

constexpr auto members = std::to_array<std::string_view>(
    {"campaign", "class", "channel", "template", "variant", "application", "since", "until", "by", "format"});
constexpr auto more_members = std::to_array<std::string_view>({"goal", "credit", "window"});

std::string read_by(std::string_view value, std::vector<Dimension>& out) {
    while (!value.empty()) {
        const auto end = std::min(value.find(','), value.size());
        const auto name = value.substr(0, end);
        value.remove_prefix(std::min(end + 1, value.size()));
        const auto found = std::ranges::find(dimension_names, name);
        if (found == dimension_names.end())
            return fmt::format(
                "by names day, application, campaign, class, channel, template and variant; there is no "
                "{}{}",
                printable(name), config::suggestion(name, dimension_names));
        const auto dimension = static_cast<Dimension>(found - dimension_names.begin());
        if (std::ranges::find(out, dimension) == out.end()) out.push_back(dimension);
    }
    return "";
}

std::string read_bound(const std::string& name, const std::string& value, std::optional<std::int32_t>& out) {
    out = read_day(value);
    return out ? "" : name + " is a day such as 2026-11-30 or 1405-09-09";
}

/// "36h", "14d"
std::optional<Milliseconds> read_window(std::string_view text) {
    if (text.size() < 2) return std::nullopt;
    const auto count = read_number(text.substr(0, text.size() - 1));
    if (!count || *count < 1 || *count > 10'000) return std::nullopt;
    if (text.back() == 'd') return std::chrono::hours(24 * *count);
    if (text.back() == 'h') return std::chrono::hours(*count);
    return std::nullopt;
}

std::string read_anew(const std::string& name, const std::string& value, ReportQuery& out) {
    if (name == "goal") return out.goal = value, "";
    if (name == "credit") {
        out.credit = engage::parse_credit(value);
        return out.credit ? "" : "credit is last_click, last_touch or linear";
    }
    out.window = read_window(value);
    return out.window ? "" : "window is a time such as 36h or 14d";
}

std::string read_member(const std::string& name, const std::string& value, const net::Caller& caller, bool anew,
                        ReportQuery& out) {
    if (name == "campaign") return out.filter.campaign = value, "";
    if (name == "class") return out.lines.class_name = value, "";
    if (name == "channel") return out.lines.channel = value, "";
    if (name == "template") return out.lines.template_name = value, "";
    if (name == "variant") return out.lines.variant = value, "";
    if (name == "since") return read_bound(name, value, out.filter.since_day);
    if (name == "until") return read_bound(name, value, out.filter.until_day);
    if (name == "by") return read_by(value, out.by);
    if (name == "format") {
        out.is_csv = value == "csv";
        return value == "csv" || value == "json" ? "" : "format is json or csv";
    }
    if (name == "application" && caller.operator_role) return out.filter.application = value, "";
    if (anew && std::ranges::find(more_members, name) != more_members.end()) return read_anew(name, value, out);
    return fmt::format("there is no `{}`{}", printable(name), config::suggestion(name, members));
}

}  // namespace

std::optional<std::int32_t> read_day(std::string_view text) {
    const auto read = written::read_time(text);
    const auto* time = std::get_if<written::Time>(&read);
    if (time == nullptr || time->second_of_day || time->offset) return std::nullopt;
    return static_cast<std::int32_t>(time->day);
}

std::string read_report_query(const net::Request& request, const net::Caller& caller, bool anew, ReportQuery& out) {
    if (!caller.operator_role) out.filter.application = caller.application;
    out.is_csv = request.accept.starts_with("text/csv");
    std::vector<std::pair<std::string, std::string>> asked;
    if (!net::parse_query(request.query, asked)) return "the query is not well-formed";
    std::vector<std::string_view> seen;
    for (const auto& [name, value] : asked) {
        if (std::ranges::find(seen, name) != seen.end()) return name + " stands twice";
        seen.push_back(name);
        if (auto wrong = read_member(name, value, caller, anew, out); !wrong.empty()) return wrong;
    }
    if (out.filter.since_day && out.filter.until_day && *out.filter.since_day > *out.filter.until_day)
        return "since is behind until";
    return "";
}

}  // namespace chapar::ingress
