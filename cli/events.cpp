// chapar events: what became of messages, receipts, opt-outs and replies, in the order in which it became known.

#include <fmt/format.h>

#include <cstdio>

#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

void print_event(const element& event) {
    const auto segments = number(event, "segments");
    const auto segment = segments == 0 ? std::string() : fmt::format(" {}/{}", number(event, "segment"), segments);
    std::string words;
    for (const auto name : {"message", "reason", "campaign", "provider_id", "address", "code", "detail"}) {
        const auto value = text(event, name);
        if (!value.empty()) words += fmt::format("  {}", value);
    }
    std::puts(fmt::format("{:>8}  {}  {}{} ({})  {}{}", number(event, "number"), text(event, "at"), text(event, "kind"),
                          segment, text(event, "effect"), text(event, "route"), words)
                  .c_str());
}

}  // namespace

int run_events(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options(
        "events", args, {"after", "limit", "kind", "effect", "class", "campaign", "tag", "message"}, {"follow"});
    if (!options) return Exit::usage;
    if (!options->rest.empty()) {
        std::fputs("chapar events: no word is expected; see chapar events --help\n", stderr);
        return Exit::usage;
    }
    long left = options->has("limit") ? std::strtol(options->get("limit").c_str(), nullptr, 10) : -1;
    auto after = options->has("after") ? options->get("after") : std::string("0");
    std::string filters;
    for (const auto name : {"kind", "class", "campaign", "tag", "message"}) {
        if (options->has(name)) filters += fmt::format("&{}={}", name, percent_encode(options->get(name)));
    }
    const bool follows = options->has("follow");
    if (follows) filters += "&wait=30";
    for (;;) {
        const auto response = request(context, "GET", "/v1/events?limit=1000&after=" + percent_encode(after) + filters);
        if (!response) return Exit::unreachable;
        if (!response->ok()) return print_problem(*response);
        simdjson::dom::parser parser;
        element page;
        if (parser.parse(response->body).get(page) != simdjson::SUCCESS) return Exit::failed;
        if (flag(page, "missed")) std::fputs("chapar events: some were removed before they were read\n", stderr);
        for (const element& event : entries(page, "events")) {
            if (options->has("effect") && text(event, "effect") != options->get("effect")) continue;
            if (left-- == 0) return Exit::ok;
            if (context.json)
                std::puts(std::string(simdjson::minify(event)).c_str());
            else
                print_event(event);
        }
        std::fflush(stdout);
        const auto next = text(page, "next");
        if (!follows && (next == after || !flag(page, "has_more"))) return Exit::ok;
        after = next;
    }
}

}  // namespace chapar::cli
