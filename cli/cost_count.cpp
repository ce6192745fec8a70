#include "cli/cost_count.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include "base/json.hpp"
#include "cli/csv_columns.hpp"
#include "cli/csv_input.hpp"
#include "config/prices.hpp"
#include "config/sms_text.hpp"
#include "engage/preview_links.hpp"
#include "numbers/phone.hpp"

namespace chapar::cli {
namespace {

constexpr std::size_t rows_at_once = 20'000, most_said = 20;

class Counter {
  public:
    Counter(const Question& question, const std::vector<CsvColumn>& columns)
        : question_(question),
          columns_(columns),
          now_(std::chrono::time_point_cast<Timestamp::duration>(std::chrono::system_clock::now())) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (columns[i].kind != CsvColumn::Kind::person) continue;
            if (columns[i].name == "phone") phone_ = i;
            if (columns[i].name == "locale") locale_ = i;
        }
        const auto* channel = config::find_channel(question.settings, question.channel);
        by_price_ = channel != nullptr && channel->by_price;
        const auto* sms = config::find_channel(question.settings, "sms");
        shortens_ = sms != nullptr && sms->short_links;
        site_ = engage::PreviewLinks::site_of(question.settings.web);
        for (const auto& route : question.settings.routes)
            texts_.push_back(config::text_options(route));
    }

    void count(std::span<const csv::Row> rows) {
        for (const auto& row : rows)
            count_row(row);
    }
    Totals take() { return std::move(totals_); }

  private:
    /// A route, as the daemon would choose among healthy ones.
    struct Way {
        const config::RouteSettings* route = nullptr;
        sms::TextOptions text;
        Money unit;  // of a segment, in the site's currency
    };

    void bad(const csv::Cell& field, std::string what) {
        ++totals_.failed;
        if (totals_.bad.size() < Totals::most_shown)
            totals_.bad.push_back({{field.at.line, field.at.column}, std::move(what)});
    }

    /// The place of a cell that is wrong; nullptr: none is.
    const csv::Cell* data_of(const csv::Row& row, std::string& problem) {
        text_ = "{";
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].kind != CsvColumn::Kind::data) continue;
            if (!data_json(row[i], columns_[i], cell_)) {
                problem = cell_;
                return &row[i];
            }
            if (text_.size() > 1) text_ += ',';
            json::append_string(text_, columns_[i].name);
            text_.append(":").append(cell_);
        }
        text_ += '}';
        return nullptr;
    }

    void count_row(const csv::Row& row) {
        std::string number;
        if (phone_) {
            auto made = numbers::to_e164(row[*phone_].text, question_.country);
            if (!made) return bad(row[*phone_], "phone: " + made.error());
            number = std::move(*made);
        }
        std::string problem;
        if (const auto* wrong = data_of(row, problem)) return bad(*wrong, std::move(problem));
        engage::PreviewLinks links(site_, question_.channel, shortens_);
        if (const auto missing =
                render::missing_variable(*question_.program, question_.channel, text_, links.has_pages()))
            return bad(row[0], "the template requires the variable " + *missing);
        render::Input input;
        input.data_json = text_;
        input.recipient_json = R"({"attributes":{}})";
        const bool has_locale = locale_ && !row[*locale_].text.empty();
        input.locale = has_locale ? std::string_view(row[*locale_].text) : std::string_view(question_.locale);
        input.timezone = question_.timezone;
        input.message_id = "cost";
        input.now = now_;
        links.offer(input);
        auto rendered = question_.program->render(question_.channel, input);
        if (!rendered) return bad(row[0], rendered.error().message());
        // A text is as long as it will be with its short links.
        links.finish(*question_.program, input.locale, engage::Tracking::none, *rendered);
        const auto text = std::ranges::find(rendered->parts, "text", &std::pair<std::string, std::string>::first);
        const bool is_sms = question_.channel == "sms" && text != rendered->parts.end();
        const auto way = way_to(number);
        add(row, number, way, is_sms ? sms::count(text->second, way.text) : sms::Count{});
    }

    void add(const csv::Row& row, const std::string& number, const Way& way, const sms::Count& count) {
        ++totals_.messages;
        totals_.segments += count.segments;
        ++totals_.by_segments[count.segments];
        if (question_.channel == "sms") {
            ++totals_.by_encoding[std::string(sms::name(count.encoding))];
            if (!count.forced_by.empty()) ++totals_.forced_by[count.forced_by];
            if (!totals_.worst || count.segments > totals_.worst->segments) {
                totals_.worst = Worst{{row[0].at.line, 1},
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
    const std::vector<CsvColumn>& columns_;
    const Timestamp now_;
    std::vector<sms::TextOptions> texts_;  // of the routes
    std::optional<std::size_t> phone_, locale_;
    bool by_price_ = false;
    bool shortens_ = false;
    std::shared_ptr<const engage::SiteLinks> site_;  // null: no short links
    std::string text_, cell_;
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

std::string told(const std::string& file, const csv::Problem& problem) {
    return fmt::format("{}:{}:{}: {}", file, problem.at.line, problem.at.column, problem.sentence);
}

/// A batch in parts, one for each thread.
void count_batch(std::vector<Counter>& counters, const std::vector<csv::Row>& rows) {
    std::vector<std::jthread> running;
    running.reserve(counters.size());
    const std::span<const csv::Row> all(rows);
    for (std::size_t i = 0; i < counters.size(); ++i) {
        const auto from = all.size() * i / counters.size(), to = all.size() * (i + 1) / counters.size();
        running.emplace_back([&counter = counters[i], part = all.subspan(from, to - from)] { counter.count(part); });
    }
}

}  // namespace

std::expected<Totals, std::string> count_costs(const Question& question, CsvInput& input, const RowFilter& wanted) {
    CsvRows rows(input);
    std::vector<csv::Problem> problems;
    const auto& info = question.program->info();
    const auto contract = contract_of(info.required, info.sample_json);
    const auto columns = read_columns(rows.header(), contract, problems);
    Totals out;
    // Whom a row is to matters for the price alone; a file without any is priced as one number.
    const auto threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
    std::vector<csv::Row> batch;
    for (bool goes_on = !columns.empty(); goes_on;) {
        batch.clear();
        for (csv::Row row; batch.size() < rows_at_once && (goes_on = rows.next(row));)
            if (!wanted || wanted(row)) batch.push_back(std::move(row));
        std::vector<Counter> counters(threads, Counter(question, columns));
        count_batch(counters, batch);
        for (auto& counter : counters)
            join(out, counter.take());
    }
    const auto broken = rows.take_problems();
    if (broken.empty()) return out;
    std::string sentences;
    for (std::size_t i = 0; i < std::min(broken.size(), most_said); ++i)
        sentences += (i == 0 ? "" : "\n") + told(input.name(), broken[i]);
    if (broken.size() > most_said) sentences += fmt::format("\nand {} more", broken.size() - most_said);
    return std::unexpected(std::move(sentences));
}

}  // namespace chapar::cli
