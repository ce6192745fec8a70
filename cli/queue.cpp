// queue and route.

#include <fmt/format.h>

#include <cstdio>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

void print_queue(const std::string& body) {
    simdjson::dom::parser parser;
    element view;
    if (parser.parse(body).get(view) != simdjson::SUCCESS) return;
    std::puts(
        fmt::format("{:<16} {:<16} {:<20} {:>10}  next due", "class", "application", "campaign", "waiting").c_str());
    for (const element& pool : entries(view, "pools")) {
        std::puts(fmt::format("{:<16} {:<16} {:<20} {:>10}  {}", text(pool, "class"), text(pool, "application"),
                              text(pool, "campaign"), number(pool, "waiting"), text(pool, "next_due"))
                      .c_str());
    }
    for (const element& stall : entries(view, "stalled"))
        std::puts(fmt::format("\nSTALLED since {}: {}", text(stall, "since"), text(stall, "why")).c_str());
    const auto resting = entries(view, "resting");
    if (!resting.empty()) std::puts(fmt::format("\n{:<16} {:<13}  why nothing goes by it", "route", "state").c_str());
    for (const element& route : resting)
        std::puts(
            fmt::format("{:<16} {:<13}  {}", text(route, "route"), text(route, "state"), text(route, "why")).c_str());
    std::puts(fmt::format("\n{:<16} {:<16} {:<24} {:>9} {:>6}  why it waits", "route", "class", "destination",
                          "in flight", "limit")
                  .c_str());
    for (const element& lane : entries(view, "lanes")) {
        std::puts(fmt::format("{:<16} {:<16} {:<24} {:>9} {:>6}  {}", text(lane, "route"), text(lane, "class"),
                              text(lane, "destination"), number(lane, "in_flight"), number(lane, "limit"),
                              text(lane, "why"))
                      .c_str());
    }
}

void print_route(const element& route) {
    std::puts(fmt::format("{:<16} {:<8} {:<10} {:<13} {:>9}/{:<5} {:>10} {:>8} {:>8} {:>8}  {}", text(route, "name"),
                          text(route, "channel"), text(route, "plugin"), text(route, "state"),
                          number(route, "in_flight"), number(route, "max_in_flight"), number(route, "sent"),
                          number(route, "retried"), number(route, "rejected"), number(route, "unknown"),
                          text(route, "why"))
                  .c_str());
}

void print_routes(const std::string& body) {
    simdjson::dom::parser parser;
    element view;
    if (parser.parse(body).get(view) != simdjson::SUCCESS) return;
    std::puts(fmt::format("{:<16} {:<8} {:<10} {:<13} {:>9}/{:<5} {:>10} {:>8} {:>8} {:>8}  why", "route", "channel",
                          "plugin", "state", "in flight", "most", "sent", "retried", "rejected", "unknown")
                  .c_str());
    for (const element& route : entries(view, "routes"))
        print_route(route);
}

}  // namespace

int run_queue(Context& context, std::span<const std::string_view> args) {
    if (!args.empty()) {
        std::fputs("chapar queue: takes no words\n", stderr);
        return Exit::usage;
    }
    return show(context, "GET", "/v1/queue", {}, print_queue);
}

int run_route(Context& context, std::span<const std::string_view> args) {
    if (args.empty() || (args.size() == 1 && args[0] == "list"))
        return show(context, "GET", "/v1/routes", {}, print_routes);
    const bool is_pause = args[0] == "pause";
    if ((!is_pause && args[0] != "resume") || args.size() < 2 || args.size() > (is_pause ? 3u : 2u)) {
        std::fputs("usage: chapar route [list] | route pause NAME [REASON] | route resume NAME\n", stderr);
        return Exit::usage;
    }
    json::Writer body;
    body.begin_object();
    if (args.size() == 3) body.member("reason", args[2]);
    body.end_object();
    const auto path = fmt::format("/v1/routes/{}/{}", percent_encode(args[1]), args[0]);
    return show(context, "POST", path, body.text(), [](const std::string& answer) {
        simdjson::dom::parser parser;
        element route;
        if (parser.parse(answer).get(route) == simdjson::SUCCESS) print_route(route);
    });
}

}  // namespace chapar::cli
