// show, explain, list, cancel, retry.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/answer.hpp"
#include "cli/bulk.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "model/outcome.hpp"

namespace chapar::cli {
namespace {

void field(std::string_view name, std::string_view value) {
    if (!value.empty()) std::puts(fmt::format("{:<12} {}", name, value).c_str());
}

void print_attempt(const element& attempt) {
    const bool in_doubt = flag(attempt, "in_doubt");
    const auto outcome =
        in_doubt ? std::string("no outcome yet: in doubt if the daemon ended")
                 : fmt::format("{}{}{}", text(attempt, "verdict"), text(attempt, "blame") == "none" ? "" : ", blame ",
                               text(attempt, "blame") == "none" ? "" : text(attempt, "blame"));
    std::puts(fmt::format("  attempt {} by route {} at {}: {}", number(attempt, "number"), text(attempt, "route"),
                          text(attempt, "started_at"), outcome)
                  .c_str());
    model::Outcome answered;
    answered.code = text(attempt, "code");
    answered.detail = text(attempt, "detail");
    if (const auto said = model::words(answered); !said.empty()) std::puts(fmt::format("    {}", said).c_str());
    for (const element& segment : entries(attempt, "segments")) {
        std::puts(fmt::format("    segment {} {}: {} {} {}{}", number(segment, "segment"), text(segment, "provider_id"),
                              text(segment, "state"), text(segment, "code"), text(segment, "at"),
                              flag(segment, "contradicted") ? ", contradicted later" : "")
                      .c_str());
    }
}

void print_message(const std::string& body) {
    simdjson::dom::parser parser;
    element message;
    if (parser.parse(body).get(message) != simdjson::SUCCESS) return;
    for (const auto name : {"id", "state", "application", "class", "recipient", "campaign", "accepted_at", "send_at",
                            "expires_at", "next_try_at"}) {
        field(name, text(message, name));
    }
    for (const element& step : entries(message, "plan")) {
        field("channel", fmt::format("{} {} {}", text(step, "channel"), text(step, "address", "(no address)"),
                                     text(step, "template")));
    }
    for (const element& attempt : entries(message, "attempts"))
        print_attempt(attempt);
    for (const element& entry : entries(message, "trace")) {
        std::puts(fmt::format("  {} {} {}", text(entry, "time"), text(entry, "reason"), text(entry, "detail")).c_str());
    }
}

void explain(const std::string& body) {
    simdjson::dom::parser parser;
    element message;
    if (parser.parse(body).get(message) != simdjson::SUCCESS) return;
    for (const element& line : entries(message, "story")) {
        std::string_view words;
        if (line.get(words) == simdjson::SUCCESS) std::puts(std::string(words).c_str());
    }
}

int on_message(Context& context, std::string_view command, std::span<const std::string_view> args, const char* method,
               std::string_view suffix, void (*print)(const std::string&)) {
    const auto options = parse_options(command, args, {});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) {
        std::fputs(fmt::format("chapar {}: which message? chapar {} ID\n", command, command).c_str(), stderr);
        return Exit::usage;
    }
    return show(context, method, fmt::format("/v1/messages/{}{}", percent_encode(options->rest[0]), suffix), {}, print);
}

/// Filters in place of an id.
bool is_for_many(std::span<const std::string_view> args) {
    return std::ranges::any_of(args, [](std::string_view word) { return word.starts_with("--state"); });
}

int run_many(const Context& context, std::string_view action, std::span<const std::string_view> args) {
    const auto options = parse_bulk(action, args, {"dry-run", "yes"});
    if (!options || !options->rest.empty()) return Exit::usage;
    return run_bulk(context, action, *options);
}

void print_line(const element& message) {
    std::string address;
    for (const element& step : entries(message, "plan")) {
        address = text(step, "address");
        break;
    }
    std::puts(fmt::format("{}  {:<9}  {:<13}  {:<20}  {}", text(message, "id"), text(message, "state"),
                          text(message, "class"), text(message, "accepted_at"), address)
                  .c_str());
}

}  // namespace

int run_show(Context& context, std::span<const std::string_view> args) {
    return on_message(context, "show", args, "GET", "", print_message);
}
int run_explain(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("explain", args, {"lang"});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) {
        std::fputs("chapar explain: which message? chapar explain [--lang fa] ID\n", stderr);
        return Exit::usage;
    }
    const auto path = fmt::format("/v1/messages/{}?links=true&lang={}", percent_encode(options->rest[0]),
                                  percent_encode(options->get("lang", "en")));
    return show(context, "GET", path, {}, explain);
}
int run_cancel(Context& context, std::span<const std::string_view> args) {
    if (is_for_many(args)) return run_many(context, "cancel", args);
    return on_message(context, "cancel", args, "POST", "/cancel", [](const std::string&) { std::puts("cancelled"); });
}
int run_retry(Context& context, std::span<const std::string_view> args) {
    if (is_for_many(args)) return run_many(context, "retry", args);
    return on_message(context, "retry", args, "POST", "/retry", [](const std::string&) { std::puts("waiting again"); });
}

int run_list(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("list", args,
                                       {"state", "class", "to", "recipient", "campaign", "tag", "template", "route",
                                        "application", "since", "until", "limit"});
    if (!options || !options->rest.empty()) return Exit::usage;
    std::string filters;
    for (const auto name :
         {"state", "class", "recipient", "campaign", "tag", "template", "route", "application", "since", "until"}) {
        if (options->has(name)) filters += fmt::format("&{}={}", name, percent_encode(options->get(name)));
    }
    if (options->has("to")) filters += "&address=" + percent_encode(options->get("to"));
    long left = std::strtol(options->get("limit", "50").c_str(), nullptr, 10);
    std::string cursor;
    while (left > 0) {
        const auto path = fmt::format("/v1/messages?limit={}{}{}", std::min(left, 100L), filters,
                                      cursor.empty() ? "" : "&cursor=" + percent_encode(cursor));
        const auto response = request(context, "GET", path);
        if (!response) return Exit::unreachable;
        if (!response->ok()) return print_problem(*response);
        simdjson::dom::parser parser;
        element page;
        if (parser.parse(response->body).get(page) != simdjson::SUCCESS) return Exit::failed;
        for (const element& message : entries(page, "messages")) {
            --left;
            if (context.json) {
                std::puts(simdjson::minify(message).c_str());
            } else {
                print_line(message);
            }
        }
        // A page may be short and still not be the last.
        cursor = text(page, "next");
        if (cursor.empty()) break;
    }
    return Exit::ok;
}

}  // namespace chapar::cli
