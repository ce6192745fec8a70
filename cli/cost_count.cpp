#include "cli/cost_count.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/json.hpp"
#include "cli/csv_table.hpp"
#include "config/prices.hpp"
#include "config/sms_text.hpp"
#include "numbers/phone.hpp"

namespace chapar::cli {
namespace {

/// Columns that `chapar send` puts into `to`; the others are data.
constexpr std::array<std::string_view, 6> to_columns{"recipient", "email",    "phone",
                                                     "locale",    "timezone", "idempotency_key"};

class Counter {
  public:
    Counter(const Question& question, const CsvTable& table)
        : question_(question),
          table_(table),
          now_(std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now())) {
        for (std::size_t i = 0; i < table.columns.size(); ++i) {
            if (table.columns[i] == "phone") phone_ = static_cast<int>(i);
            if (table.columns[i] == "locale") locale_ = static_cast<int>(i);
        }
        const auto* channel = config::find_channel(question.settings, question.channel);
        by_price_ = channel != nullptr && channel->by_price;
        for (const auto& route : question.settings.routes)
            texts_.push_back(config::text_options(route));
    }

    void count(std::size_t from, std::size_t to) {
        for (auto index = from; index < to; ++index)
            count_row(table_.row(index));
    }
    Totals take() { return std::move(totals_); }

  private:
    /// A route, as the daemon would choose among healthy ones.
    struct Way {
        const config::RouteSettings* route = nullptr;
        sms::TextOptions text;
        Money unit;  // of a segment, in the site's currency
    };

    void bad(const CsvField& field, std::string what) {
        ++totals_.failed;
        if (totals_.bad.size() < Totals::most_shown)
            totals_.bad.push_back({{field.line, field.column}, std::move(what)});
    }

    std::string_view data_of(const CsvField* row) {
        json::Writer data;
        data.begin_object();
        for (std::size_t i = 0; i < table_.columns.size(); ++i) {
            const auto column = table_.columns[i];
            if (std::ranges::find(to_columns, column) != to_columns.end() || column.starts_with("attr.")) continue;
            data.member(column, row[i].text);
        }
        text_ = data.end_object().take();
        return text_;
    }

    void count_row(const CsvField* row) {
        std::string number;
        if (phone_ >= 0) {
            auto made = numbers::to_e164(row[phone_].text, question_.country);
            if (!made) return bad(row[phone_], "phone: " + made.error());
            number = std::move(*made);
        }
        const auto data = data_of(row);
        if (const auto missing = question_.program->missing_variable(question_.channel, data))
            return bad(row[0], "the template requires the variable " + *missing);
        render::Input input;
        input.data_json = data;
        input.recipient_json = R"({"attributes":{}})";
        const bool has_locale = locale_ >= 0 && !row[locale_].text.empty();
        input.locale = has_locale ? row[locale_].text : std::string_view(question_.locale);
        input.timezone = question_.timezone;
        input.message_id = "cost";
        input.now = now_;
        const auto rendered = question_.program->render(question_.channel, input);
        if (!rendered) return bad(row[0], rendered.error().message());
        const auto text = std::ranges::find(rendered->parts, "text", &std::pair<std::string, std::string>::first);
        const bool is_sms = question_.channel == "sms" && text != rendered->parts.end();
        const auto way = way_to(number);
        add(row, number, way, is_sms ? sms::count(text->second, way.text) : sms::Count{});
    }

    void add(const CsvField* row, const std::string& number, const Way& way, const sms::Count& count) {
        ++totals_.messages;
        totals_.segments += count.segments;
        ++totals_.by_segments[count.segments];
        if (question_.channel == "sms") {
            ++totals_.by_encoding[std::string(sms::name(count.encoding))];
            if (!count.forced_by.empty()) ++totals_.forced_by[count.forced_by];
            if (!totals_.worst || count.segments > totals_.worst->segments) {
                totals_.worst = Worst{{row[0].line, 1},
                                      count.segments,
                                      count.units,
                                      std::string(sms::name(count.encoding)),
                                      count.forced_by};
            }
        }
        add_money(way, number, count.segments);
    }

    Way way_to(const std::string& number) const {
        const auto& routes = question_.settings.routes;
        Way best;
        for (std::size_t i = 0; i < routes.size(); ++i) {
            if (routes[i].channel != question_.channel || !config::serves(routes[i], question_.class_name, number))
                continue;
            const auto cost = config::unit_cost(question_.settings, routes[i], number);
            if (best.route != nullptr && (!by_price_ || cost >= best.unit)) continue;
            best = {&routes[i], texts_[i], cost};
        }
        return best;
    }

    void add_money(const Way& way, const std::string& number, int segments) {
        if (way.route == nullptr) {
            ++totals_.unrouted;
            return;
        }
        const auto* price = config::price_of(*way.route, number);
        const bool known = price != nullptr || way.unit.micros != 0;
        const bool own = price != nullptr && !price->currency.empty();
        const auto& currency = own ? price->currency : question_.settings.policy.currency;
        auto& sum = totals_.by_route[{way.route->name, known ? currency : std::string()}];
        ++sum.messages;
        sum.segments += segments;
        sum.amount += (price != nullptr ? price->segment : way.unit) * segments;
    }

    const Question& question_;
    const CsvTable& table_;
    const Timestamp now_;
    std::vector<sms::TextOptions> texts_;  // of the routes
    int phone_ = -1, locale_ = -1;
    bool by_price_ = false;
    std::string text_;
    Totals totals_;
};

/// `more` is of later rows.
void join(Totals& into, Totals more) {
    into.messages += more.messages;
    into.segments += more.segments;
    into.failed += more.failed;
    into.unrouted += more.unrouted;
    for (const auto& [key, count] : more.by_segments)
        into.by_segments[key] += count;
    for (const auto& [key, count] : more.by_encoding)
        into.by_encoding[key] += count;
    for (const auto& [key, count] : more.forced_by)
        into.forced_by[key] += count;
    for (const auto& [key, sum] : more.by_route) {
        auto& mine = into.by_route[key];
        mine.messages += sum.messages;
        mine.segments += sum.segments;
        mine.amount += sum.amount;
    }
    if (more.worst && (!into.worst || more.worst->segments > into.worst->segments)) into.worst = std::move(more.worst);
    for (auto& bad : more.bad)
        if (into.bad.size() < Totals::most_shown) into.bad.push_back(std::move(bad));
}

}  // namespace

std::expected<Totals, std::string> count_costs(const Question& question, const std::string& file) {
    std::ifstream input(file, std::ios::binary);
    if (!input) return std::unexpected(file + " can't be read");
    CsvTable table;
    const auto problem = read_csv(std::string(std::istreambuf_iterator<char>(input), {}), table);
    if (!problem.empty()) return std::unexpected(file + ":" + problem);
    const auto threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
    std::vector<Counter> counters(threads, Counter(question, table));
    {
        std::vector<std::jthread> running;
        running.reserve(threads);
        for (std::size_t i = 0; i < threads; ++i) {
            running.emplace_back(
                [&, i] { counters[i].count(table.rows() * i / threads, table.rows() * (i + 1) / threads); });
        }
    }
    Totals out;
    for (auto& counter : counters)
        join(out, counter.take());
    return out;
}

}  // namespace chapar::cli
