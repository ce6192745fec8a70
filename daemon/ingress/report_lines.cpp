#include "ingress/report_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/jalali.hpp"
#include "base/money.hpp"
#include "csv/writer.hpp"

namespace chapar::ingress {
namespace {

using model::Named;
using model::Tallied;

std::string part(const store::TallyView& view, Dimension dimension) {
    switch (dimension) {
        case Dimension::application:
            return std::string(view.application);
        case Dimension::campaign:
            return std::string(view.campaign);
        case Dimension::class_name:
            return std::string(view.class_name);
        case Dimension::channel:
            return std::string(view.channel);
        case Dimension::template_name:
            return std::string(view.template_name);
        case Dimension::variant:
            return std::string(view.variant);
        case Dimension::day:
            break;
    }
    return {};
}

bool is_wanted(const std::optional<std::string>& wanted, std::string_view is) { return !wanted || *wanted == is; }

/// Raw beside what people did. `by`: hits of people, of unknown ones, of machines.
void write_hits(json::Writer& out, const model::Tally& tally, std::string_view name, Tallied any, Tallied human,
                std::string_view hits, const std::array<Tallied, 3>& by) {
    out.key(name).begin_object().member("raw", tally.of(any)).member("human", tally.of(human)).end_object();
    const auto people = tally.of(by[0]), unknown = tally.of(by[1]), machines = tally.of(by[2]);
    out.key(hits).begin_object().member("raw", people + unknown + machines).member("human", people);
    out.member("machine", machines).member("unknown", unknown).end_object();
}

template <class Value>
void write_named(json::Writer& out, const model::Tally& tally, std::string_view name, Named what, Value value) {
    out.key(name).begin_object();
    for (const auto& [key, count] : tally.named)
        if (key.first == what) value(key.second, count);
    out.end_object();
}

/// "GOAL CURRENCY" as {"GOAL": {"CURRENCY": "12"}}.
void write_revenue(json::Writer& out, const model::Tally& tally) {
    out.key("revenue").begin_object();
    std::string open;
    for (const auto& [key, count] : tally.named) {
        if (key.first != Named::revenue) continue;
        const auto blank = key.second.rfind(' ');
        const auto goal = key.second.substr(0, blank);
        if (open != goal && !open.empty()) out.end_object();
        if (open != goal) out.key(goal).begin_object();
        open = goal;
        out.member(key.second.substr(blank + 1), decimal(count));
    }
    if (!open.empty()) out.end_object();
    out.end_object();
}

/// Counts that have a column each; the last ones are sums.
constexpr std::array columns = {Tallied::accepted,        Tallied::sent,           Tallied::delivered,
                                Tallied::bounced_hard,    Tallied::bounced_soft,   Tallied::bounced_blocked,
                                Tallied::bounced_content, Tallied::opened,         Tallied::opened_human,
                                Tallied::opens_human,     Tallied::opens_machine,  Tallied::opens_unknown,
                                Tallied::clicked,         Tallied::clicked_human,  Tallied::clicks_human,
                                Tallied::clicks_machine,  Tallied::clicks_unknown, Tallied::unsubscribed,
                                Tallied::complained,      Tallied::damaged};

std::string column_of(const std::pair<Named, std::string>& name) {
    switch (name.first) {
        case Named::kept_back:
            return "kept_back " + name.second;
        case Named::converted:
            return "converted " + name.second;
        case Named::revenue:
            return "revenue " + name.second;
        case Named::cost:
            break;
    }
    return "cost " + name.second;
}

std::string without_end(std::string line) {
    while (line.ends_with('\n') || line.ends_with('\r'))
        line.pop_back();
    return line;
}

}  // namespace

bool LineFilter::takes(const store::TallyView& view) const {
    return is_wanted(class_name, view.class_name) && is_wanted(channel, view.channel) &&
           is_wanted(template_name, view.template_name) && is_wanted(variant, view.variant);
}

std::string decimal(std::int64_t millionths) { return show_money(Money{millionths}); }

std::string iso_day(std::int32_t day) {
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
    return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string jalali_text(std::int32_t day) {
    const auto date = times::jalali_date(day);
    return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

void write_tally(json::Writer& out, const model::Tally& tally) {
    const auto bounces =
        std::array{Tallied::bounced_hard, Tallied::bounced_soft, Tallied::bounced_blocked, Tallied::bounced_content};
    out.member("accepted", tally.of(Tallied::accepted)).member("sent", tally.of(Tallied::sent));
    out.member("delivered", tally.of(Tallied::delivered));
    out.key("bounced").begin_object();
    for (const auto bounce : bounces)
        out.member(model::name(bounce).substr(std::string_view("bounced_").size()), tally.of(bounce));
    out.end_object();
    write_hits(out, tally, "opened", Tallied::opened, Tallied::opened_human, "opens",
               {Tallied::opens_human, Tallied::opens_unknown, Tallied::opens_machine});
    write_hits(out, tally, "clicked", Tallied::clicked, Tallied::clicked_human, "clicks",
               {Tallied::clicks_human, Tallied::clicks_unknown, Tallied::clicks_machine});
    out.member("unsubscribed", tally.of(Tallied::unsubscribed)).member("complained", tally.of(Tallied::complained));
    write_named(out, tally, "kept_back", Named::kept_back,
                [&](const std::string& reason, std::int64_t count) { out.member(reason, count); });
    write_named(out, tally, "converted", Named::converted,
                [&](const std::string& goal, std::int64_t count) { out.member(goal, decimal(count)); });
    write_revenue(out, tally);
    write_named(out, tally, "cost", Named::cost,
                [&](const std::string& currency, std::int64_t count) { out.member(currency, decimal(count)); });
    if (tally.of(Tallied::damaged) != 0) out.member("incomplete", true);
}

void ReportLines::add(const store::TallyView& view) {
    Key key;
    for (const auto dimension : by_) {
        if (dimension == Dimension::day) key.day = view.day;
        key.of[static_cast<std::size_t>(dimension)] = part(view, dimension);
    }
    lines_[std::move(key)] += *view.tally;
    total_ += *view.tally;
}

void ReportLines::write_json(json::Writer& out) const {
    out.key("rows").begin_array();
    for (const auto& [key, tally] : lines_) {
        if (tally.is_zero()) continue;
        out.begin_object();
        for (const auto dimension : by_) {
            const auto at = static_cast<std::size_t>(dimension);
            if (dimension == Dimension::day)
                out.member("day", iso_day(key.day)).member("jalali", jalali_text(key.day));
            else
                out.member(dimension_names[at], key.of[at]);
        }
        write_tally(out, tally);
        out.end_object();
    }
    out.end_array().key("total").begin_object();
    write_tally(out, total_);
    out.end_object();
}

/// That any line has.
std::vector<std::pair<Named, std::string>> ReportLines::names() const {
    std::set<std::pair<Named, std::string>> all;
    for (const auto& [key, tally] : lines_)
        for (const auto& [name, count] : tally.named)
            all.insert(name);
    return {all.begin(), all.end()};
}

std::string ReportLines::csv() const {
    const auto named = names();
    std::vector<std::string> header;
    for (const auto dimension : by_) {
        header.emplace_back(dimension_names[static_cast<std::size_t>(dimension)]);
        if (dimension == Dimension::day) header.emplace_back("jalali");
    }
    for (const auto count : columns)
        header.emplace_back(model::name(count));
    for (const auto& name : named)
        header.push_back(column_of(name));
    std::string out = csv::join(header);
    for (const auto& [key, tally] : lines_) {
        if (tally.is_zero()) continue;
        std::vector<std::string> labels;
        for (const auto dimension : by_) {
            if (dimension == Dimension::day) labels.push_back(iso_day(key.day));
            labels.push_back(dimension == Dimension::day ? jalali_text(key.day)
                                                         : key.of[static_cast<std::size_t>(dimension)]);
        }
        out += without_end(csv::join(labels));
        std::string_view comma = labels.empty() ? "" : ",";
        for (const auto count : columns) {
            out.append(comma).append(std::to_string(tally.of(count)));
            comma = ",";
        }
        for (const auto& name : named) {
            const auto found = tally.named.find(name);
            const auto value = found == tally.named.end() ? 0 : found->second;
            out.append(",").append(name.first == Named::kept_back ? std::to_string(value) : decimal(value));
        }
        out += "\r\n";
    }
    return out;
}

}  // namespace chapar::ingress
