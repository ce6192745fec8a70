// chapar webhook: endpoints that are told of events.

#include <fmt/format.h>

#include <cstdio>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

int misuse() {
    std::fputs(
        "usage: chapar webhook [list] | webhook show|test|enable|disable NAME | webhook replay NAME (--since TIME | "
        "--event ID)\n",
        stderr);
    return Exit::usage;
}

double seconds(const element& of, std::string_view name) {
    double out = 0;
    return of[name].get(out) == simdjson::SUCCESS ? out : 0;
}

constexpr std::string_view columns = "{:<16} {:<12} {:>9} {:>8} {:>9} {:>9} {:>9} {:>8}  {}";

void print_row(const element& webhook) {
    std::puts(fmt::format(columns, text(webhook, "name"), text(webhook, "state"),
                          fmt::format("{:.0f} s", seconds(webhook, "lag_seconds")), number(webhook, "waiting"),
                          number(webhook, "in_flight"), number(webhook, "accepted"), number(webhook, "failed"),
                          number(webhook, "given_up"), text(webhook, "why"))
                  .c_str());
}

void print_head() {
    std::puts(
        fmt::format(columns, "webhook", "state", "lag", "waiting", "in flight", "accepted", "failed", "given up", "why")
            .c_str());
}

void print_list(const std::string& body) {
    simdjson::dom::parser parser;
    element view;
    if (parser.parse(body).get(view) != simdjson::SUCCESS) return;
    print_head();
    for (const element& webhook : entries(view, "webhooks"))
        print_row(webhook);
}

void print_one(const std::string& body) {
    simdjson::dom::parser parser;
    element webhook;
    if (parser.parse(body).get(webhook) != simdjson::SUCCESS) return;
    std::puts(fmt::format("{}  {}{}", text(webhook, "name"), text(webhook, "state"),
                          text(webhook, "why").empty() ? "" : fmt::format(": {}", text(webhook, "why")))
                  .c_str());
    std::puts(fmt::format("  {}", text(webhook, "url")).c_str());
    std::puts(fmt::format("  {} entries behind, {:.0f} s; {} waiting, {} in flight", number(webhook, "behind"),
                          seconds(webhook, "lag_seconds"), number(webhook, "waiting"), number(webhook, "in_flight"))
                  .c_str());
    std::puts(fmt::format("  since the start: {} accepted, {} tries failed, {} given up, {} times missed",
                          number(webhook, "accepted"), number(webhook, "failed"), number(webhook, "given_up"),
                          number(webhook, "missed"))
                  .c_str());
    for (const auto name : {"last_success", "first_failure", "next_try", "disabled_at"}) {
        const auto at = text(webhook, name);
        if (!at.empty()) std::puts(fmt::format("  {:<14} {}", name, at).c_str());
    }
}

int test(const Context& context, const std::string& path) {
    const auto response = request(context, "POST", path + "/test");
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    simdjson::dom::parser parser;
    element answer;
    if (parser.parse(response->body).get(answer) != simdjson::SUCCESS) return Exit::failed;
    if (context.json)
        std::puts(response->body.c_str());
    else
        std::puts(fmt::format("{}, after {} ms", text(answer, "words"), number(answer, "milliseconds")).c_str());
    return flag(answer, "accepted") ? Exit::ok : Exit::failed;
}

int replay(const Context& context, const std::string& path, const Parsed& options) {
    if (options.has("since") == options.has("event")) return misuse();
    json::Writer body;
    body.begin_object();
    for (const auto name : {"since", "event"})
        if (options.has(name)) body.member(name, options.get(name));
    body.end_object();
    return show(context, "POST", path + "/replay", body.text(), print_one);
}

}  // namespace

int run_webhook(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("webhook", args, {"since", "event"});
    if (!options) return Exit::usage;
    const auto& words = options->rest;
    if (words.empty() || (words.size() == 1 && words[0] == "list"))
        return show(context, "GET", "/v1/webhooks", {}, print_list);
    if (words.size() != 2) return misuse();
    const auto path = "/v1/webhooks/" + percent_encode(words[1]);
    if (words[0] == "replay") return replay(context, path, *options);
    if (!options->values.empty()) return misuse();
    if (words[0] == "show") return show(context, "GET", path, {}, print_one);
    if (words[0] == "test") return test(context, path);
    if (words[0] == "enable" || words[0] == "disable")
        return show(context, "POST", path + "/" + words[0], {}, print_one);
    return misuse();
}

}  // namespace chapar::cli
