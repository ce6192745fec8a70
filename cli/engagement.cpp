// chapar engagement: hits judged again by the table as it is now, and what belongs to no message.

#include <fmt/format.h>

#include <cstdio>

#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

int rescore(Context& context, const std::string& since) {
    std::int64_t hits = 0, changed = 0, unreadable = 0;
    std::string cursor;
    do {
        std::string target = "/v1/engagement/rescore?cursor=" + (cursor.empty() ? "0" : percent_encode(cursor));
        if (!since.empty()) target += "&since=" + percent_encode(since);
        const auto response = request(context, "POST", target);
        if (!response) return Exit::unreachable;
        if (!response->ok()) return print_problem(*response);
        simdjson::dom::parser parser;
        element page;
        if (parser.parse(response->body).get(page) != simdjson::SUCCESS) return Exit::failed;
        hits += number(page, "hits");
        changed += number(page, "changed");
        unreadable += number(page, "unreadable");
        cursor = text(page, "next");
    } while (!cursor.empty());
    if (context.json)
        std::puts(fmt::format(R"({{"hits":{},"changed":{},"unreadable":{}}})", hits, changed, unreadable).c_str());
    else
        std::puts(fmt::format("{} hits judged again, {} of them otherwise than before; {} were not readable", hits,
                              changed, unreadable)
                      .c_str());
    return Exit::ok;
}

int totals(Context& context) {
    const auto response = request(context, "GET", "/v1/engagement/totals");
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    if (context.json) {
        std::puts(response->body.c_str());
        return Exit::ok;
    }
    simdjson::dom::parser parser;
    element view;
    if (parser.parse(response->body).get(view) != simdjson::SUCCESS) return Exit::failed;
    std::puts(fmt::format("{:<12} {:<8} {:>10} {:>10} {:>12}", "day", "", "old_link", "privacy", "no_message").c_str());
    for (const element& day : entries(view, "days")) {
        for (const auto kind : {"opened", "clicked"}) {
            element counts;
            if (day[kind].get(counts) != simdjson::SUCCESS) continue;
            std::puts(fmt::format("{:<12} {:<8} {:>10} {:>10} {:>12}", text(day, "day"), kind,
                                  number(counts, "old_link"), number(counts, "privacy"), number(counts, "no_message"))
                          .c_str());
        }
    }
    return Exit::ok;
}

}  // namespace

int run_engagement(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("engagement", args, {"since"}, {});
    if (!options) return Exit::usage;
    const auto what = options->rest.size() == 1 ? options->rest.front() : std::string_view();
    if (what == "rescore") return rescore(context, options->get("since"));
    if (what == "totals" && !options->has("since")) return totals(context);
    std::fputs("chapar engagement: expected rescore or totals; see chapar engagement --help\n", stderr);
    return Exit::usage;
}

}  // namespace chapar::cli
