#include "cli/mailing.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <xxhash.h>

#include <deque>
#include <unordered_set>

#include "address/key.hpp"
#include "admission/address.hpp"
#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/cost_count.hpp"
#include "cli/csv_columns.hpp"
#include "cli/csv_input.hpp"
#include "cli/findings.hpp"
#include "cli/site.hpp"
#include "cli/stream_send.hpp"
#include "cli/submission.hpp"
#include "cli/template_choice.hpp"
#include "numbers/phone.hpp"

namespace chapar::cli {
namespace {

constexpr std::size_t most_shown = 10;

int complain(std::string_view sentence, int code) {
    std::fputs(fmt::format("chapar send: {}\n", sentence).c_str(), stderr);
    return code;
}

/// What the daemon knows of a template; empty where it does not say.
DataContract contract_from_daemon(const Context& context, const std::string& name) {
    if (name.empty()) return {};
    const auto response = request(context, "GET", "/v1/templates");
    simdjson::dom::parser parser;
    element document;
    simdjson::dom::array all;
    if (!response || !response->ok() || parser.parse(response->body).get(document) != simdjson::SUCCESS ||
        document["templates"].get(all) != simdjson::SUCCESS)
        return {};
    for (const auto each : all) {
        if (text(each, "name") != name) continue;
        std::vector<std::string> required;
        simdjson::dom::array names;
        if (each["required"].get(names) == simdjson::SUCCESS) {
            for (const auto path : names) {
                std::string_view words;
                if (path.get(words) == simdjson::SUCCESS) required.emplace_back(words);
            }
        }
        element sample;
        const auto json = each["sample"].get(sample) == simdjson::SUCCESS ? simdjson::minify(sample) : std::string();
        return contract_of(required, json);
    }
    return {};
}

/// One row as a message: who, and the data.
struct Letter {
    std::string email, phone, recipient, key;
    std::string person;  // canonical: who it is
    std::string to_json, data_json;
};

class Mailing {
  public:
    Mailing(const Context& context, const Parsed& options, CsvInput input, Site site)
        : context_(context),
          options_(options),
          input_(std::move(input)),
          common_(common_of(options)),
          country_(options.get("country", site.settings.daemon.country)),
          site_(std::move(site)) {}

    /// Every problem of the file; false: it is not sent.
    bool check();
    int send();
    int tell();

  private:
    bool read_columns_of(CsvRows& rows, Findings& findings);
    bool check_row(const csv::Row& row, Findings& findings, Letter& letter);
    bool check_person(const csv::Row& row, Findings& findings, Letter& letter) const;
    bool check_data(const csv::Row& row, Findings& findings, Letter& letter) const;
    std::expected<Totals, std::string> cost();
    bool goes_by_sms(const render::Template& program, const Letter& letter) const;
    std::string key_of(const Letter& letter) const;
    std::string message_of(const csv::Row& row, const Letter& letter) const;
    bool is_first(const Letter& letter, std::unordered_set<std::uint64_t>& seen) const;

    const Context& context_;
    const Parsed& options_;
    CsvInput input_;
    Common common_;
    std::string country_;
    Site site_;
    DataContract contract_;
    std::vector<CsvColumn> columns_;
    csv::Dialect dialect_;
    std::int64_t rows_ = 0, doubles_ = 0, by_email_ = 0, by_phone_ = 0, by_id_ = 0;
    std::vector<std::string> shown_;
};

bool Mailing::read_columns_of(CsvRows& rows, Findings& findings) {
    const auto& header = rows.header();
    if (header.empty()) return false;
    std::vector<csv::Problem> problems;
    columns_ = read_columns(header, contract_, problems);
    for (const auto& problem : problems)
        findings.add(problem);
    return problems.empty();
}

bool Mailing::check_person(const csv::Row& row, Findings& findings, Letter& letter) const {
    bool good = true;
    const csv::Cell* nobody = &row.front();
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& column = columns_[i];
        if (column.kind != CsvColumn::Kind::person || row[i].text.empty()) continue;
        if (column.name == "email") {
            auto made = admission::canonical_email(row[i].text);
            if (made) {
                letter.email = std::move(*made);
            } else {
                good = false;
                findings.add("addresses", row[i].at, "email: " + made.error());
            }
        } else if (column.name == "phone") {
            auto made = numbers::to_e164(row[i].text, country_);
            if (made) {
                letter.phone = std::move(*made);
            } else {
                good = false;
                findings.add("numbers", row[i].at, "phone: " + made.error());
            }
        } else if (column.name == "recipient") {
            letter.recipient = row[i].text;
        }
    }
    if (!good) return false;
    const auto& named = !letter.recipient.empty() ? letter.recipient
                        : !letter.email.empty()   ? letter.email
                                                  : letter.phone;
    letter.person = address::name_of(named, country_);
    if (!letter.person.empty()) return true;
    findings.add("rows that name nobody", nobody->at, "this row names nobody: email, phone and recipient are empty");
    return false;
}

bool Mailing::check_data(const csv::Row& row, Findings& findings, Letter& letter) const {
    bool good = true;
    std::string json;
    letter.data_json = "{";
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& column = columns_[i];
        if (column.kind == CsvColumn::Kind::key) letter.key = row[i].text;
        if (column.kind != CsvColumn::Kind::data) continue;
        const bool is_empty = row[i].text.find_first_not_of(" \t\r\n") == std::string::npos;
        if (is_empty && column.is_required) {
            findings.add("empty cells that the template requires: " + column.name, row[i].at,
                         fmt::format("{} is empty, and the template requires it", column.name));
            good = false;
            continue;
        }
        if (!data_json(row[i], column, json)) {
            findings.add("cells of another type than the sample's: " + column.name, row[i].at, json);
            good = false;
            continue;
        }
        if (letter.data_json.size() > 1) letter.data_json += ',';
        json::append_string(letter.data_json, column.name);
        letter.data_json += ':';
        letter.data_json += json;
    }
    letter.data_json += '}';
    return good;
}

bool Mailing::check_row(const csv::Row& row, Findings& findings, Letter& letter) {
    letter = {};
    const bool person = check_person(row, findings, letter);
    return check_data(row, findings, letter) && person;
}

/// The campaign and the person: a corrected name is no second letter, and next week's campaign is another.
std::string Mailing::key_of(const Letter& letter) const {
    if (!letter.key.empty()) return letter.key;
    const auto text =
        common_.campaign + '\n' + letter.person + (options_.has("every-row") ? '\n' + letter.data_json : std::string());
    const XXH128_hash_t sum = XXH3_128bits(text.data(), text.size());
    return fmt::format("csv-{:016x}{:016x}", sum.high64, sum.low64);
}

std::string Mailing::message_of(const csv::Row& row, const Letter& letter) const {
    std::vector<std::pair<std::string, std::string>> fields;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        const auto& column = columns_[i];
        if (column.kind == CsvColumn::Kind::person) fields.emplace_back(column.name, row[i].text);
        if (column.kind == CsvColumn::Kind::attribute) fields.emplace_back("attr." + column.name, row[i].text);
    }
    fields.emplace_back("idempotency_key", key_of(letter));
    return submission_json(common_, fields, letter.data_json);
}

bool Mailing::is_first(const Letter& letter, std::unordered_set<std::uint64_t>& seen) const {
    const auto& who = letter.key.empty() ? letter.person : letter.key;
    return seen.insert(XXH3_64bits(who.data(), who.size())).second || options_.has("every-row");
}

bool Mailing::check() {
    contract_ = contract_from_daemon(context_, common_.template_name);
    Findings findings(input_.name());
    CsvRows rows(input_);
    const bool named = read_columns_of(rows, findings);
    std::unordered_set<std::uint64_t> seen;
    csv::Row row;
    Letter letter;
    const auto said = [&] {
        for (const auto& problem : rows.take_problems())
            findings.add(problem);
    };
    while (named && rows.next(row)) {
        said();
        ++rows_;
        if (!check_row(row, findings, letter)) continue;
        if (!is_first(letter, seen)) {
            ++doubles_;
            continue;
        }
        ++(!letter.email.empty() ? by_email_ : !letter.phone.empty() ? by_phone_ : by_id_);
        if (shown_.size() < most_shown)
            shown_.push_back(fmt::format("line {}: {} {}", row.front().at.line, letter.person, letter.data_json));
    }
    said();
    dialect_ = rows.dialect();
    findings.finish();
    if (findings.total() == 0 && rows_ == 0) {
        findings.add("empty files", {1, 1}, "there are no rows under the header");
    }
    if (findings.total() == 0) return true;
    std::fputs(fmt::format("{}: {} problem{} ({}); nothing was sent\n", input_.name(), findings.total(),
                           findings.total() == 1 ? "" : "s", words(dialect_))
                   .c_str(),
               stderr);
    return false;
}

/// The first channel that reaches the person: the one asked for first, else mail where there are both.
bool Mailing::goes_by_sms(const render::Template& program, const Letter& letter) const {
    if (letter.phone.empty()) return false;
    if (!common_.channels.empty()) return common_.channels.front() == "sms";
    return letter.email.empty() || !program.has_channel("email");
}

/// Of the text messages among the letters; the error: why nothing is known of it.
std::expected<Totals, std::string> Mailing::cost() {
    if (by_phone_ == 0 && by_email_ == 0) return Totals{};
    TemplateChoice choice;
    const auto& name = common_.template_name;
    const std::vector<std::string_view> named{name};
    if (auto problem = choose_templates(named, options_.get("folder"), choice)) return std::unexpected(*problem);
    const auto catalogue = render::open_catalogue(choice.folder, nullptr, made_folder());
    Question question;
    question.program = choice.names.empty() ? nullptr : catalogue->find(choice.names.front());
    if (!question.program) return std::unexpected(fmt::format("there is no template '{}' in {}", name, choice.folder));
    if (!question.program->has_channel("sms")) return Totals{};
    const auto& site = site_.settings.daemon;
    question.settings = site_.settings;
    question.channel = "sms";
    question.class_name = common_.class_name.empty() ? question.program->info().class_name : common_.class_name;
    question.locale = common_.locale.empty() ? site.locale : common_.locale;
    question.country = country_;
    question.timezone = options_.get("timezone", site.timezone);
    Findings findings(input_.name());
    std::unordered_set<std::uint64_t> seen;
    Letter letter;
    return count_costs(question, input_, [&](const csv::Row& row) {
        return check_row(row, findings, letter) && is_first(letter, seen) && goes_by_sms(*question.program, letter);
    });
}

int Mailing::tell() {
    const auto letters = rows_ - doubles_;
    const auto cost = this->cost();
    if (context_.json) {
        json::Writer out;
        out.begin_object().member("file", input_.name()).member("encoding", csv::name(dialect_.encoding));
        out.member("separator", dialect_.separator).member("rows", rows_).member("doubles", doubles_);
        out.member("messages", letters).key("cost");
        if (cost) {
            out.begin_object();
            write_totals(out, *cost);
            out.end_object();
        } else {
            out.null();
        }
        std::puts(out.end_object().take().c_str());
    } else {
        std::puts(fmt::format("{}: {}", input_.name(), words(dialect_)).c_str());
        std::puts(fmt::format("{} rows, {} messages would go: {} by email, {} by phone, {} by id", rows_, letters,
                              by_email_, by_phone_, by_id_)
                      .c_str());
        std::puts(fmt::format("{} double{} (a person in several rows gets one message, that of the first)", doubles_,
                              doubles_ == 1 ? "" : "s")
                      .c_str());
        for (const auto& line : shown_)
            std::puts(("  " + line).c_str());
        if (letters > static_cast<std::int64_t>(shown_.size()))
            std::puts(fmt::format("  and {} more", letters - static_cast<std::int64_t>(shown_.size())).c_str());
        if (!cost) {
            std::puts(fmt::format("the cost is not known: {}; say --folder", cost.error()).c_str());
        } else {
            std::puts("what goes by SMS:");
            print_totals(input_.name(), *cost);
        }
    }
    return Exit::ok;
}

int Mailing::send() {
    if (!context_.json)
        std::fputs(
            fmt::format("{}: {}; {} rows, {} doubles\n", input_.name(), words(dialect_), rows_, doubles_).c_str(),
            stderr);
    Findings findings(input_.name());
    CsvRows rows(input_);
    if (!read_columns_of(rows, findings)) return Exit::failed;
    std::unordered_set<std::uint64_t> seen;
    std::deque<std::int64_t> lines;  // of what is not answered yet
    csv::Row row;
    Letter letter;
    const auto next = [&](std::string& line) {
        while (rows.next(row)) {
            if (!check_row(row, findings, letter) || !is_first(letter, seen)) continue;
            line = message_of(row, letter);
            lines.push_back(row.front().at.line);
            return true;
        }
        return false;
    };
    StreamOptions how;
    how.total = static_cast<long>(rows_ - doubles_);
    how.progress = options_.has("progress");
    how.is_file = true;
    how.name_next = [&] {
        if (lines.empty()) return input_.name();
        const auto line = lines.front();
        lines.pop_front();
        return fmt::format("{}:{}:1", input_.name(), line);
    };
    return send_stream(context_, next, how);
}

}  // namespace

int send_csv(const Context& context, const Parsed& options) {
    if (!options.has("campaign"))
        return complain(
            "--csv asks for --campaign NAME: who got a campaign's letter does not get it again when the file is sent "
            "once "
            "more, and the next letter goes under another name",
            Exit::usage);
    auto site = read_site(options);
    if (!site) return complain(site.error(), Exit::failed);
    auto input = CsvInput::open(options.get("csv"), options.get("encoding"));
    if (!input) return complain(input.error(), Exit::failed);
    Mailing mailing(context, options, std::move(*input), std::move(*site));
    if (!mailing.check()) return Exit::failed;
    return options.has("dry-run") ? mailing.tell() : mailing.send();
}

}  // namespace chapar::cli
