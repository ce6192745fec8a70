// chapar report: what became of a campaign, in numbers: in the terminal, as a page, as CSV or JSON.

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/report_page.hpp"
#include "cli/report_terminal.hpp"
#include "render/l10n/numbers.hpp"

namespace chapar::cli {
namespace {

constexpr int usual_width = 80, most_width = 500;

int complain(std::string_view what, int code) {
    std::fputs(fmt::format("chapar report: {}\n", what).c_str(), stderr);
    return code;
}

/// --width, else $COLUMNS, else the terminal's, else 80.
std::optional<int> width_of(const Parsed& options) {
    const char* columns = std::getenv("COLUMNS");
    const auto asked = options.has("width") ? options.get("width") : std::string(columns != nullptr ? columns : "");
    if (!asked.empty()) {
        char* end = nullptr;
        const long width = std::strtol(asked.c_str(), &end, 10);
        if (*end == '\0' && width >= 1 && width <= most_width) return static_cast<int>(width);
        if (options.has("width")) return std::nullopt;
    }
    winsize size{};
    if (isatty(STDOUT_FILENO) != 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return usual_width;
}

/// The query that all forms share.
std::string query_of(const Parsed& options) {
    std::string out;
    if (!options.rest.empty()) out += "&campaign=" + percent_encode(options.rest.front());
    for (const auto name : {"since", "until", "class", "channel", "template", "variant", "goal", "credit", "window"})
        if (options.has(name)) out += fmt::format("&{}={}", name, percent_encode(options.get(name)));
    return out;
}

int print_body(const Context& context, const std::string& path) {
    const auto response = request(context, "GET", path);
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    std::fputs(response->body.c_str(), stdout);
    if (!response->body.ends_with('\n')) std::fputc('\n', stdout);
    return Exit::ok;
}

int write_page(const std::string& file, const std::string& page) {
    if (file == "-") {
        std::fputs(page.c_str(), stdout);
        return Exit::ok;
    }
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << page;
    out.close();
    return out ? Exit::ok : complain(fmt::format("{} can't be written", file), Exit::failed);
}

std::optional<bool> is_jalali(const Parsed& options, const Report& report, bool is_persian) {
    const auto asked = options.get("calendar");
    if (asked.empty()) return is_persian || render::speaks_persian(report.locale);
    if (asked == "jalali" || asked == "gregorian") return asked == "jalali";
    return std::nullopt;
}

int show_report(const Parsed& options, Report report) {
    const auto language = options.get("lang", "en");
    if (language != "en" && language != "fa") return complain("--lang is en or fa", Exit::usage);
    const auto jalali = is_jalali(options, report, language == "fa");
    if (!jalali) return complain("--calendar is jalali or gregorian", Exit::usage);
    const ReportWords words(language == "fa" ? model::Language::fa : model::Language::en, *jalali);
    report.campaign = options.rest.empty() ? std::string() : options.rest.front();
    if (options.has("html")) {
        const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        return write_page(options.get("html"), report_page(report, words, now.time_since_epoch().count()));
    }
    const auto width = width_of(options);
    if (!width) return complain(fmt::format("--width is a number from 1 to {}", most_width), Exit::usage);
    std::fputs(report_text(report, words, *width).c_str(), stdout);
    return Exit::ok;
}

}  // namespace

int run_report(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("report", args,
                                       {"since", "until", "class", "channel", "template", "variant", "by", "html",
                                        "lang", "calendar", "width", "credit", "window", "goal"},
                                       {"csv"});
    if (!options) return Exit::usage;
    if (options->rest.size() > 1) return complain("one campaign at a time; see chapar report --help", Exit::usage);
    const bool is_anew = options->has("credit") || options->has("window") || options->has("goal");
    if (is_anew && options->has("html"))
        return complain("credit that is worked out anew is shown as JSON or CSV", Exit::usage);
    const auto path = fmt::format("/v1/reports/{}?by=", is_anew ? "credit" : "counts");
    const auto rest = query_of(*options);
    const auto by = percent_encode(options->get("by", is_anew ? "campaign,channel,template,variant" : "day"));
    if (context.json || options->has("csv") || is_anew)
        return print_body(context, path + by + rest + (options->has("csv") ? "&format=csv" : ""));
    const auto response = request(context, "GET", path + "day,class,channel,template,variant" + rest);
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    auto report = read_report(response->body);
    if (!report) return complain("the daemon's answer is not understood", Exit::failed);
    return show_report(*options, std::move(*report));
}

}  // namespace chapar::cli
