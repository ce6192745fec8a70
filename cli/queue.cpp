// queue and route.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <vector>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

constexpr std::size_t most_rows = 20;  // without --all

void print_pool(const element& pool) {
    std::puts(fmt::format("{:<16} {:<16} {:<20} {:>10}  {}", text(pool, "class"), text(pool, "application"),
                          text(pool, "campaign"), number(pool, "waiting"), text(pool, "next_due"))
                  .c_str());
    const auto looked_at = number(pool, "looked_at");
    const bool is_part = looked_at < number(pool, "waiting");
    for (const element& reason : entries(pool, "reasons")) {
        const auto until = text(reason, "until");
        const auto of = is_part ? fmt::format(" of the first {}", looked_at) : std::string();
        std::puts(fmt::format("    {}{}: {}{}", number(reason, "messages"), of, text(reason, "words"),
                              until.empty() ? "" : fmt::format(" From {} on.", until))
                      .c_str());
    }
}

void print_pools(const element& view, bool all) {
    std::puts(
        fmt::format("{:<16} {:<16} {:<20} {:>10}  next due", "class", "application", "campaign", "waiting").c_str());
    std::size_t shown = 0;
    std::int64_t others = 0, waiting = 0;
    for (const element& pool : entries(view, "pools")) {
        if (all || shown < most_rows) {
            print_pool(pool);
            ++shown;
            continue;
        }
        ++others;
        waiting += number(pool, "waiting");
    }
    if (others > 0)
        std::puts(fmt::format("... and {} more lines with {} messages; --all shows them", others, waiting).c_str());
}

/// Routes that stand still or send nothing now.
void print_rests(const element& view) {
    for (const element& stall : entries(view, "stalled"))
        std::puts(fmt::format("\nSTALLED since {}: {}", text(stall, "since"), text(stall, "why")).c_str());
    const auto resting = entries(view, "resting");
    if (!resting.empty()) std::puts(fmt::format("\n{:<16} {:<13}  why nothing goes by it", "route", "state").c_str());
    for (const element& route : resting)
        std::puts(
            fmt::format("{:<16} {:<13}  {}", text(route, "route"), text(route, "state"), text(route, "why")).c_str());
}

/// Those that do something or are kept from it, the busiest first.
void print_lanes(const element& view, bool all) {
    std::vector<element> lanes;
    std::size_t idle = 0;
    for (const element& lane : entries(view, "lanes")) {
        const bool is_idle = number(lane, "in_flight") == 0 && number(lane, "parked") == 0 && text(lane, "why").empty();
        if (is_idle && !all)
            ++idle;
        else
            lanes.push_back(lane);
    }
    std::ranges::stable_sort(lanes, std::greater<>(),
                             [](const element& lane) { return number(lane, "in_flight") + number(lane, "parked"); });
    const auto shown = all ? lanes.size() : std::min(lanes.size(), most_rows);
    if (shown > 0) {
        std::puts(fmt::format("\n{:<16} {:<16} {:<24} {:>9} {:>6}  why it waits", "route", "class", "destination",
                              "in flight", "limit")
                      .c_str());
    }
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& lane = lanes[i];
        std::puts(fmt::format("{:<16} {:<16} {:<24} {:>9} {:>6}  {}", text(lane, "route"), text(lane, "class"),
                              text(lane, "destination"), number(lane, "in_flight"), number(lane, "limit"),
                              text(lane, "why"))
                      .c_str());
    }
    const auto hidden = static_cast<std::int64_t>(lanes.size() - shown);
    if (hidden > 0 || idle > 0) {
        const auto busy = hidden > 0 ? fmt::format("{} more busy{}", hidden, idle > 0 ? " and " : "") : std::string();
        const auto resting = idle > 0 ? fmt::format("{} idle", idle) : std::string();
        const bool is_one = hidden + static_cast<std::int64_t>(idle) == 1;
        std::puts(
            fmt::format("... and {}{} lane{}; --all shows {}", busy, resting, is_one ? "" : "s", is_one ? "it" : "them")
                .c_str());
    }
}

void print_queue(const std::string& body, bool all) {
    simdjson::dom::parser parser;
    element view;
    if (parser.parse(body).get(view) != simdjson::SUCCESS) return;
    const auto held = number(view, "held");
    std::puts(fmt::format("{} waiting, {} in flight{}\n", number(view, "waiting"), number(view, "in_flight"),
                          held == 0 ? "" : fmt::format(", {} held for a person (chapar list --state held)", held))
                  .c_str());
    print_pools(view, all);
    print_rests(view);
    print_lanes(view, all);
}
void print_busy(const std::string& body) { print_queue(body, false); }
void print_all(const std::string& body) { print_queue(body, true); }

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
    const bool all = args.size() == 1 && args[0] == "--all";
    if (!all && !args.empty()) {
        std::fputs("usage: chapar queue [--all]\n", stderr);
        return Exit::usage;
    }
    return show(context, "GET", "/v1/queue", {}, all ? print_all : print_busy);
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
