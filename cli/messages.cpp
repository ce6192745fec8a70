// show, explain, list, cancel, retry.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "cli/answer.hpp"
#include "cli/bulk.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

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
    const auto code = text(attempt, "code");
    const auto detail = text(attempt, "detail");
    if (!code.empty() || !detail.empty()) std::puts(fmt::format("    {} {}", code, detail).c_str());
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

/// What holds now, in words.
std::string_view state_sentence(std::string_view state) {
    if (state == "waiting") return "It waits to be sent.";
    if (state == "sending") return "It is being sent at this moment.";
    if (state == "sent") return "The provider has accepted it.";
    if (state == "delivered") return "It has arrived.";
    if (state == "failed") return "It has failed for good.";
    if (state == "expired") return "Its time was over before it could be sent.";
    if (state == "cancelled") return "It was cancelled.";
    if (state == "suppressed") return "The rules ended it before it was sent.";
    if (state == "collected") return "It goes as part of a digest.";
    if (state == "blocked_by_operator")
        return "The operator lets no advertising through to this person; marketing takes another channel from now on.";
    if (state == "held") return "It is held until a person decides: `chapar retry ID` or `chapar cancel ID`.";
    return "";
}

/// The decision in words: its sentence, then what it was about.
std::string told(const element& entry) {
    const auto detail = text(entry, "detail");
    auto out = std::string(text(entry, "sentence"));
    if (!detail.empty()) out += fmt::format(" — {}{}", detail, detail.ends_with('.') ? "" : ".");
    return out;
}

/// A decision that was taken again and again with the same words is told once, with its first and last time.
void tell_trace(const std::vector<element>& trace, std::string& out) {
    for (std::size_t i = 0; i < trace.size();) {
        const auto words = told(trace[i]);
        std::size_t last = i;
        while (last + 1 < trace.size() && told(trace[last + 1]) == words)
            ++last;
        if (last == i) {
            out += fmt::format(" {}: {}", text(trace[i], "time"), words);
        } else {
            out += fmt::format(" From {} to {}, {} times: {}", text(trace[i], "time"), text(trace[last], "time"),
                               last - i + 1, words);
        }
        i = last + 1;
    }
}

/// "2 of 3 segments delivered, segment 3 failed (UNDELIV)."
std::string told_segments(const element& attempt) {
    const auto segments = entries(attempt, "segments");
    if (segments.size() < 2) return "";
    std::size_t delivered = 0;
    std::string failed;
    for (const element& segment : segments) {
        if (text(segment, "state") == "delivered") ++delivered;
        if (text(segment, "state") == "failed")
            failed += fmt::format(", segment {} failed ({})", number(segment, "segment"), text(segment, "code"));
    }
    return fmt::format(" {} of {} segments delivered{}.", delivered, segments.size(), failed);
}

void explain(const std::string& body) {
    simdjson::dom::parser parser;
    element message;
    if (parser.parse(body).get(message) != simdjson::SUCCESS) return;
    std::string out = fmt::format("Message {} of {} (class {}) was accepted at {}.", text(message, "id"),
                                  text(message, "application"), text(message, "class"), text(message, "accepted_at"));
    if (text(message, "send_at") > text(message, "accepted_at"))
        out += fmt::format(" It was not to go before {}.", text(message, "send_at"));
    for (const element& attempt : entries(message, "attempts")) {
        out += fmt::format(" At {} attempt {} went by {} on route {}", text(attempt, "started_at"),
                           number(attempt, "number"), text(attempt, "channel"), text(attempt, "route"));
        const auto verdict = text(attempt, "verdict");
        out += verdict.empty() ? "; its outcome is not known yet." : fmt::format(": {}", verdict);
        if (!verdict.empty()) {
            const auto detail = text(attempt, "detail");
            out += detail.empty() ? "." : fmt::format(" ({} {}).", text(attempt, "code"), detail);
        }
        out += told_segments(attempt);
    }
    tell_trace(entries(message, "trace"), out);
    out += fmt::format(" {}", state_sentence(text(message, "state")));
    element still;
    if (message["standstill"].get(still) == simdjson::SUCCESS)
        out += fmt::format(" Nothing of its kind goes now: {}", told(still));
    if (const auto next = text(message, "next_try_at"); !next.empty())
        out += fmt::format(" The next try is due at {}.", next);
    std::puts(out.c_str());
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
    return on_message(context, "explain", args, "GET", "", explain);
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
    const auto options = parse_options("list", args, {"state", "class", "recipient", "campaign", "tag", "limit"});
    if (!options || !options->rest.empty()) return Exit::usage;
    std::string filters;
    for (const auto name : {"state", "class", "recipient", "campaign", "tag"}) {
        if (options->has(name)) filters += fmt::format("&{}={}", name, percent_encode(options->get(name)));
    }
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
