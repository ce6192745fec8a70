// GET /v1/reports/counts and /v1/reports/credit: what became of messages, in numbers.

#include <algorithm>

#include "base/zones.hpp"
#include "engage/goals.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/report_query.hpp"
#include "store/rules/counting.hpp"

namespace chapar::ingress {
namespace {

constexpr int people_at_once = 200;

net::Response csv_answer(std::string body) {
    net::Response out{200, "text/csv; charset=utf-8", std::move(body), {}, false};
    out.headers.emplace_back("Content-Disposition", "attachment; filename=\"report.csv\"");
    return out;
}

void answer(const Deps& deps, const ReportQuery& query, const ReportLines& lines, const net::Reply& reply) {
    if (query.is_csv) return reply(csv_answer(lines.csv()));
    const auto settings = deps.settings();
    json::Writer out;
    out.begin_object().member("timezone", settings->daemon.timezone).member("locale", settings->daemon.locale);
    lines.write_json(out);
    reply(json_answer(200, out.end_object().take()));
}

void counts(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    ReportQuery query;
    query.by.clear();
    if (auto wrong = read_report_query(call.request, call.caller, false, query); !wrong.empty())
        return reply(net::to_response({400, "invalid-query", std::move(wrong), {}, {}}));
    if (query.by.empty()) query.by = {Dimension::day};
    ReportLines lines(query.by);
    const auto seen = deps.store.tallies(query.filter, [&](const store::TallyView& view) {
        if (query.lines.takes(view)) lines.add(view);
    });
    if (!seen) return reply(storage_response(seen.error()));
    answer(deps, query, lines, reply);
}

// ---- credit, worked out anew --------------------------------------------------------------------------------------

/// One conversion's parts, added to what they are credited to.
class Crediting {
  public:
    Crediting(const ReportQuery& query, const times::ZoneClock* zone, ReportLines& lines)
        : query_(query), zone_(zone), lines_(lines) {}

    void add(const store::PersonConversions& who, const std::vector<std::vector<store::Credited>>& said) {
        for (std::size_t i = 0; i < who.conversions.size(); ++i)
            for (const auto& credited : said[i])
                add(who, who.conversions[i], credited);
    }

  private:
    void add(const store::PersonConversions& who, const store::KeptConversion& conversion,
             const store::Credited& credited) {
        const auto day = store::rules::day_in(zone_, conversion.at);
        if (!query_.goal.empty() && credited.goal != query_.goal) return;
        if (query_.filter.since_day && day < *query_.filter.since_day) return;
        if (query_.filter.until_day && day > *query_.filter.until_day) return;
        std::int64_t parts = 0;
        for (const auto& share : credited.shares) {
            add_share(who, conversion, credited, share, day, parts);
            parts += share.parts;
        }
    }

    void add_share(const store::PersonConversions& who, const store::KeptConversion& conversion,
                   const store::Credited& credited, const store::KeptShare& share, std::int32_t day,
                   std::int64_t parts_before) {
        constexpr std::int64_t whole = 1'000'000;
        const auto found = std::ranges::find(who.touches, share.message, &store::TouchedMessage::key);
        if (found == who.touches.end() || (query_.filter.campaign && found->campaign != *query_.filter.campaign))
            return;
        const auto step = step_before(*found, conversion.at);
        model::Tally tally;
        if (credited.outcome == store::Credited::Outcome::credited)
            tally.add(model::Named::converted, credited.goal,
                      whole * (parts_before + share.parts) / share.whole - whole * parts_before / share.whole);
        if (!conversion.currency.empty())
            tally.add(model::Named::revenue, credited.goal + ' ' + conversion.currency, share.value.micros);
        const store::TallyView view{
            who.application, found->class_name, found->campaign, step.channel, step.template_name, step.variant, day,
            &tally};
        if (query_.lines.takes(view)) lines_.add(view);
    }

    static store::TouchedMessage::Step step_before(const store::TouchedMessage& message, Timestamp at) {
        const auto step = static_cast<std::size_t>(store::step_that_led(message, at));
        return step < message.steps.size() ? message.steps[step] : store::TouchedMessage::Step{};
    }

    const ReportQuery& query_;
    const times::ZoneClock* zone_;
    ReportLines& lines_;
};

/// The goals with other rules of credit than they have.
std::vector<config::ConversionSettings> goals_anew(const ReportQuery& query,
                                                   std::vector<config::ConversionSettings> goals) {
    for (auto& goal : goals) {
        if (query.window) goal.window = *query.window;
        if (!query.credit) continue;
        goal.credit = *query.credit == engage::Credit::linear       ? "linear"
                      : *query.credit == engage::Credit::last_touch ? "last_touch"
                                                                    : "last_click";
    }
    return goals;
}

void credit(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    ReportQuery query;
    if (auto wrong = read_report_query(call.request, call.caller, true, query); !wrong.empty())
        return reply(net::to_response({400, "invalid-query", std::move(wrong), {}, {}}));
    if (query.by.empty()) query.by = {Dimension::campaign};
    const auto settings = deps.settings();
    const auto goals = goals_anew(query, settings->conversions);
    const bool is_known =
        query.goal.empty() || std::ranges::find(goals, query.goal, &config::ConversionSettings::name) != goals.end();
    if (!is_known) return reply(net::to_response({400, "invalid-query", "there is no such goal", {}, {}}));
    ReportLines lines(query.by);
    Crediting crediting(query, times::zone_clock(settings->daemon.timezone), lines);
    std::pair<std::string, std::string> after;
    for (;;) {
        auto page = deps.store.conversions(query.filter.application, after, people_at_once);
        if (!page) return reply(storage_response(page.error()));
        for (auto& who : *page) {
            after = {who.application, who.person};
            for (auto& conversion : who.conversions)
                conversion.credits.clear();  // what was given counts for nothing here
            crediting.add(who, engage::goals_of(goals, who.application)->attribute(who.conversions, who.touches));
        }
        if (static_cast<int>(page->size()) < people_at_once) break;
    }
    answer(deps, query, lines, reply);
}

}  // namespace

std::vector<net::Endpoint> report_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    std::vector<net::Endpoint> out;
    out.push_back({Method::get, "/v1/reports/counts", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { counts(deps, call, reply); }});
    out.push_back({Method::get, "/v1/reports/credit", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { credit(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
