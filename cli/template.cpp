// chapar template: what the daemon has loaded, and a check of a folder of templates without a daemon.

#include "base/json.hpp"
#include "base/log.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "cli/site.hpp"
#include "cli/template_choice.hpp"
#include "engage/sms_links.hpp"
#include "render/compiled.hpp"
#include "render/lint.hpp"
#include "sms_text/segments.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>

namespace chapar::cli {
namespace {

int misuse(std::string_view what) {
    std::fprintf(stderr,
                 "chapar template: %.*s\nusage: chapar template list\n       chapar template lint [--lang LANG] "
                 "[--config FILE] [FOLDER] "
                 "[TEMPLATE...]\n",
                 static_cast<int>(what.size()), what.data());
    return Exit::usage;
}

std::size_t errors_in(const std::vector<render::Finding>& findings) {
    return static_cast<std::size_t>(std::count_if(findings.begin(), findings.end(), [](const render::Finding& f) {
        return f.severity() == render::Severity::error;
    }));
}

void print_findings_json(const render::LintReport& report) {
    const auto& findings = report.findings;
    json::Writer out;
    out.begin_object().member("ok", findings.empty()).member("templates", report.templates.size());
    out.member("errors", errors_in(findings)).key("findings").begin_array();
    for (const render::Finding& f : findings) {
        out.begin_object().member("file", f.file).member("line", f.line).member("column", f.column);
        out.member("severity", render::name_of(f.severity())).member("rule", f.rule).member("sentence", f.sentence);
        out.member("source", f.source).end_object();
    }
    std::printf("%s\n", out.end_array().end_object().text().c_str());
}

/// Blanks as wide as the first `bytes` of `line`: a character each, marks on letters nothing.
std::string blanks_for(std::string_view line, std::size_t bytes) {
    std::string blanks;
    const std::string_view before = line.substr(0, bytes);
    for (std::size_t at = 0; at < before.size(); ++at) {
        const auto byte = static_cast<unsigned char>(before[at]);
        const auto next = at + 1 < before.size() ? static_cast<unsigned char>(before[at + 1]) : 0u;
        const bool continues = (byte & 0xC0u) == 0x80u;
        const bool accent = (byte == 0xCCu || (byte == 0xCDu && next < 0xB0u)) ||         // U+0300..036F
                            (byte == 0xD9u && next >= 0x8Bu && next <= 0x9Fu) ||          // Arabic vowel signs
                            (byte == 0xE2u && next == 0x80u && at + 2 < before.size() &&  // joiners, marks
                             static_cast<unsigned char>(before[at + 2]) >= 0x8Bu &&
                             static_cast<unsigned char>(before[at + 2]) <= 0x8Fu);
        if (!continues && !accent) blanks += ' ';
    }
    return blanks;
}

/// At most so much of a long line is shown around the place.
constexpr std::size_t shown_before = 70, shown_after = 50;

void print_source(const render::Finding& f) {
    if (f.source.empty()) return;
    const auto is_inside = [&](std::size_t at) {
        return at < f.source.size() && (static_cast<unsigned char>(f.source[at]) & 0xC0u) == 0x80u;
    };
    const std::size_t place = std::min<std::size_t>(f.column - 1, f.source.size());
    std::size_t begin = place > shown_before ? place - shown_before : 0, end = place + shown_after;
    while (is_inside(begin))
        ++begin;
    while (is_inside(end))
        ++end;
    std::string line = f.source.substr(begin, end - begin);
    std::replace(line.begin(), line.end(), '\t', ' ');
    std::printf("    %s\n    %s^\n", log::escape(line).c_str(), blanks_for(line, place - begin).c_str());
}

/// What lint says around its sentences, in the two languages that it speaks.
struct LintWords {
    std::string_view error, warning, sum, one_fine, fine;
};
constexpr LintWords english = {"error", "warning", "{} errors, {} warnings", "{} template, fine", "{} templates, fine"};
constexpr LintWords persian = {"خطا", "هشدار", "{} خطا، {} هشدار", "{} قالب، درست", "{} قالب، همه درست"};

void print_finding(const std::string& folder, const render::Finding& f, const LintWords& words) {
    const std::string_view severity = f.severity() == render::Severity::error ? words.error : words.warning;
    const std::string line =
        fmt::format("{}/{}:{}:{}: {}: {} [{}]", folder, f.file, f.line, f.column, severity, f.sentence, f.rule);
    std::printf("%s\n", log::escape(line).c_str());
    print_source(f);
}

void print_sum(const render::LintReport& report, const LintWords& words) {
    const std::size_t errors = errors_in(report.findings), all = report.templates.size();
    const std::string sum = report.findings.empty()
                                ? fmt::format(fmt::runtime(all == 1 ? words.one_fine : words.fine), all)
                                : fmt::format(fmt::runtime(words.sum), errors, report.findings.size() - errors);
    std::printf("%s\n", sum.c_str());
}

/// The templates asked for, and the files that all share.
void keep_wanted(render::LintReport& report, const std::vector<std::string>& wanted) {
    if (wanted.empty()) return;
    const auto is_wanted = [&](const std::string& name) {
        return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
    };
    std::erase_if(report.templates, [&](const std::string& name) { return !is_wanted(name); });
    std::erase_if(report.findings, [&](const render::Finding& f) {
        const std::string folder = f.file.substr(0, f.file.find('/'));
        return !render::is_shared_folder(folder) && !is_wanted(folder);
    });
}

/// As the SMS plugins count.
render::SmsSize measure_sms(std::string_view text) {
    const sms::Count count = sms::count(text);
    const bool unicode = count.encoding == sms::Encoding::ucs2;
    return {count.units, count.segments, unicode ? sms::ucs2_single : sms::gsm7_single,
            unicode ? sms::ucs2_part : sms::gsm7_part, count.forced_by};
}

/// What the site's configuration says that lint goes by.
render::LintTools tools_for(const config::Settings& settings) {
    render::LintTools out{made_folder(), measure_sms};
    for (const auto& [name, cls] : settings.classes)
        if (cls.unsubscribe_required || cls.requires_ == config::Requires::consent)
            out.unsubscribe_required.insert(name);
    out.has_pages = !settings.web.base_url.empty();
    if (settings.web.short_url.empty()) return out;
    const auto site = engage::SiteLinks::sample(settings.web);
    if (site == nullptr) return out;
    out.shorten = [site](std::string_view address) { return engage::SmsLinks(*site, "").shorten(address); };
    out.shorten_text = [site](std::string_view text) { return engage::shorten_every(*site, text); };
    const auto sms = std::ranges::find(settings.channels, "sms", &config::ChannelSettings::name);
    out.shortens = sms != settings.channels.end() && sms->short_links;
    return out;
}

int lint(const Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("template", args, {"lang", "config"});
    if (!options) return Exit::usage;
    const std::string language = options->get("lang", "en");
    if (language != "en" && language != "fa") return misuse("lint speaks en and fa");
    TemplateChoice choice;
    if (auto problem = choose_templates({options->rest.begin(), options->rest.end()}, {}, choice)) {
        std::fprintf(stderr, "chapar template: %s\n", log::escape(*problem).c_str());
        return Exit::not_found;
    }
    const auto site = read_site(*options);
    if (!site) {
        std::fprintf(stderr, "chapar template: %s\n", log::escape(site.error()).c_str());
        return Exit::not_found;
    }
    render::LintReport report = render::lint(choice.folder, tools_for(site->settings));
    keep_wanted(report, choice.names);
    for (render::Finding& f : report.findings)
        if (language == "fa") f.sentence = render::in_persian(f.rule, f.sentence);
    if (context.json) {
        print_findings_json(report);
    } else {
        const LintWords& words = language == "fa" ? persian : english;
        for (const render::Finding& f : report.findings)
            print_finding(choice.folder, f, words);
        print_sum(report, words);
    }
    return report.findings.empty() ? Exit::ok : Exit::failed;
}

std::string joined(simdjson::ondemand::array items) {
    std::string text;
    for (auto item : items) {
        std::string_view word;
        if (item.get_string().get(word) != simdjson::SUCCESS) continue;
        if (!text.empty()) text += ", ";
        text += word.empty() ? "default" : word;
    }
    return text;
}

/// "email (default, fa), sms (default)"
std::string describe_channels(simdjson::ondemand::array channels) {
    std::string text;
    for (auto channel : channels) {
        std::string_view name;
        if (channel["channel"].get_string().get(name) != simdjson::SUCCESS) continue;
        if (!text.empty()) text += ", ";
        text += name;
        simdjson::ondemand::array locales;
        if (channel["locales"].get_array().get(locales) == simdjson::SUCCESS) text += " (" + joined(locales) + ")";
    }
    return text;
}

void print_template(simdjson::ondemand::object entry) {
    std::string_view name, class_name, broken;
    std::string channels, required;
    simdjson::ondemand::array list;
    if (entry["name"].get_string().get(name) != simdjson::SUCCESS) return;
    if (entry["class"].get_string().get(class_name) != simdjson::SUCCESS) class_name = "-";
    if (entry["channels"].get_array().get(list) == simdjson::SUCCESS) channels = describe_channels(list);
    if (entry["required"].get_array().get(list) == simdjson::SUCCESS) required = joined(list);
    std::printf("%s\n", log::escape(fmt::format("{:<24} {:<14} {}", name, class_name, channels)).c_str());
    if (!required.empty()) std::printf("    needs %s\n", log::escape(required).c_str());
    if (entry["broken"].get_string().get(broken) == simdjson::SUCCESS && !broken.empty())
        std::printf("    broken: %s\n", log::escape(broken).c_str());
}

void print_templates(const std::string& body) {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(body);
    simdjson::ondemand::document document;
    simdjson::ondemand::array templates;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return;
    if (document["templates"].get_array().get(templates) != simdjson::SUCCESS) return;
    for (auto item : templates) {
        simdjson::ondemand::object entry;
        if (item.get_object().get(entry) == simdjson::SUCCESS) print_template(entry);
    }
}

}  // namespace

int run_template(Context& context, std::span<const std::string_view> args) {
    if (args.empty()) return misuse("say what to do");
    const std::string_view verb = args.front();
    if (verb == "lint") return lint(context, args.subspan(1));
    if (verb != "list") return misuse("the verbs are list and lint");
    if (args.size() > 1) return misuse("list takes nothing more");
    return show(context, "GET", "/v1/templates", {}, print_templates);
}

}  // namespace chapar::cli
