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
    auto input = CsvInput::open(file, options->get("encoding"));
    if (!input) return complain(input.error(), Exit::failed);
    const auto totals = count_costs(question, *input);
    if (!totals) return complain(totals.error(), Exit::failed);
    if (context.json) {
        json::Writer out;
        out.begin_object();
        write_totals(out, *totals);
        std::puts(out.end_object().take().c_str());
    } else {
        print_totals(file, *totals);
    }
    return totals->failed == 0 ? Exit::ok : Exit::failed;
}

}  // namespace chapar::cli
