// chapar cost: what a send would cost, before anything is sent. Templates are rendered here; no daemon is asked.

#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "base/json.hpp"
#include "cli/command.hpp"
#include "cli/cost_count.hpp"
#include "cli/options.hpp"
#include "cli/site.hpp"
#include "cli/template_choice.hpp"

namespace chapar::cli {
namespace {

int complain(std::string_view what, int code) {
    std::fputs(fmt::format("chapar cost: {}\n", what).c_str(), stderr);
    return code;
}

std::string place(const std::string& file, const Place& at) {
    return fmt::format("{}:{}:{}", file, at.line, at.column);
}

std::string grouped(std::int64_t number) { return fmt::format("{}", number); }

void print_worst(const std::string& file, const Totals& all) {
    if (!all.worst) return;
    const auto& worst = *all.worst;
    auto line = fmt::format("worst case: {}, {} segment{}, {} ({} units)", place(file, worst.at), worst.segments,
                            worst.segments == 1 ? "" : "s", worst.encoding, worst.units);
    if (!worst.forced_by.empty()) line += fmt::format("; \"{}\" is not in GSM-7", worst.forced_by);
    std::puts(line.c_str());
}

void print_words(const std::string& file, const Totals& all) {
    std::puts(fmt::format("{} messages, {} segments", grouped(all.messages), grouped(all.segments)).c_str());
    for (const auto& [segments, messages] : all.by_segments)
        std::puts(fmt::format("  {:>9} of {} segment{}", messages, segments, segments == 1 ? "" : "s").c_str());
    for (const auto& [encoding, messages] : all.by_encoding)
        std::puts(fmt::format("  {:>9} in {}", messages, encoding).c_str());
    for (const auto& [character, messages] : all.forced_by)
        std::puts(fmt::format("  {:>9} because of \"{}\"", messages, character).c_str());
    for (const auto& [route, sum] : all.by_route) {
        std::puts(fmt::format("route {}: {} messages, {} segments, {}", route.first, sum.messages, sum.segments,
                              route.second.empty() ? "no price known" : show_money(sum.amount) + ' ' + route.second)
                      .c_str());
    }
    if (all.unrouted > 0) std::puts(fmt::format("{} messages have no route that takes them", all.unrouted).c_str());
    print_worst(file, all);
    for (const auto& bad : all.bad)
        std::puts(fmt::format("{}: {}", place(file, bad.at), bad.what).c_str());
    if (all.failed > static_cast<std::int64_t>(all.bad.size()))
        std::puts(fmt::format("and {} more rows", all.failed - static_cast<std::int64_t>(all.bad.size())).c_str());
}

void write_counts(json::Writer& out, std::string_view name, const auto& counts) {
    out.key(name).begin_object();
    for (const auto& [key, messages] : counts)
        out.member(fmt::format("{}", key), messages);
    out.end_object();
}

void print_json(const Totals& all) {
    json::Writer out;
    out.begin_object().member("messages", all.messages).member("segments", all.segments);
    write_counts(out, "by_segments", all.by_segments);
    write_counts(out, "by_encoding", all.by_encoding);
    write_counts(out, "forced_by", all.forced_by);
    out.key("routes").begin_array();
    for (const auto& [route, sum] : all.by_route) {
        out.begin_object().member("route", route.first).member("messages", sum.messages);
        out.member("segments", sum.segments).member("amount", show_money(sum.amount)).member("currency", route.second);
        out.end_object();
    }
    out.end_array().member("unrouted", all.unrouted).key("worst");
    if (all.worst) {
        out.begin_object().member("line", all.worst->at.line).member("segments", all.worst->segments);
        out.member("encoding", all.worst->encoding).member("units", all.worst->units);
        out.member("forced_by", all.worst->forced_by).end_object();
    } else {
        out.null();
    }
    out.member("failed", all.failed).key("bad").begin_array();
    for (const auto& bad : all.bad) {
        out.begin_object().member("line", bad.at.line).member("column", bad.at.column).member("error", bad.what);
        out.end_object();
    }
    std::puts(out.end_array().end_object().take().c_str());
}

}  // namespace

int run_cost(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options(
        "cost", args,
        {"template", "csv", "locale", "channel", "config", "folder", "class", "country", "timezone", "encoding"});
    if (!options) return Exit::usage;
    if (!options->rest.empty() || !options->has("template") || !options->has("csv"))
        return complain("needs --template and --csv; see chapar cost --help", Exit::usage);
    Question question;
    auto site = read_site(*options);  // without a configuration no prices are known
    if (!site) return complain(site.error(), Exit::failed);
    question.settings = std::move(site->settings);
    TemplateChoice choice;
    const auto name = options->get("template");
    const std::vector<std::string_view> words{name};
    if (auto problem = choose_templates(words, options->get("folder"), choice))
        return complain(*problem, Exit::not_found);
    const auto catalogue = render::open_catalogue(choice.folder, nullptr, made_folder());
    question.program = choice.names.empty() ? nullptr : catalogue->find(choice.names.front());
    if (!question.program)
        return complain(fmt::format("there is no template '{}' in {}", name, choice.folder), Exit::not_found);
    question.channel = options->get("channel", "sms");
    if (!question.program->has_channel(question.channel))
        return complain(fmt::format("{} has no file for {}", name, question.channel), Exit::not_found);
    question.class_name = options->get("class", question.program->info().class_name);
    question.locale = options->get("locale", question.settings.daemon.locale);
    question.country = options->get("country", question.settings.daemon.country);
    question.timezone = options->get("timezone", question.settings.daemon.timezone);
    const auto file = options->get("csv");
    const auto totals = count_costs(question, file, options->get("encoding"));
    if (!totals) return complain(totals.error(), Exit::failed);
    context.json ? print_json(*totals) : print_words(file, *totals);
    return totals->failed == 0 ? Exit::ok : Exit::failed;
}

}  // namespace chapar::cli
