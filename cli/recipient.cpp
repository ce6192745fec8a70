// chapar recipient: what an application knows of a person, and what the person said.

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "base/json.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"

namespace chapar::cli {
namespace {

int misuse(std::string_view what) {
    std::fputs(fmt::format("chapar recipient: {}; see chapar recipient --help\n", what).c_str(), stderr);
    return Exit::usage;
}

std::string path_of(const Parsed& options, std::string_view suffix) {
    return fmt::format("/v1/recipients/{}{}", percent_encode(options.rest[1]), suffix);
}

/// Options that are members of the same name ("device-timezone" is device_timezone) as one JSON object.
std::string object_of(const Parsed& options, std::initializer_list<std::string_view> names) {
    json::Writer out;
    out.begin_object();
    for (const auto name : names) {
        if (!options.has(name)) continue;
        std::string member(name);
        for (auto& c : member) {
            if (c == '-') c = '_';
        }
        out.member(member, options.get(name));
    }
    return out.end_object().take();
}

void print_consent(const element& word) {
    std::puts(fmt::format("  {}  {:<12}  channel {}, topic {}{}{}{}{}", text(word, "at"), text(word, "state"),
                          text(word, "channel"), text(word, "topic"), text(word, "source").empty() ? "" : ", by ",
                          text(word, "source"), text(word, "proof").empty() ? "" : ", proof: ", text(word, "proof"))
                  .c_str());
}

void print_consents(const std::string& body) {
    simdjson::dom::parser parser;
    element document;
    if (parser.parse(body).get(document) != simdjson::SUCCESS) return;
    std::puts("in force:");
    for (const element& word : entries(document, "consents"))
        print_consent(word);
    std::puts("history:");
    for (const element& word : entries(document, "history"))
        print_consent(word);
}

void print_profile(const std::string& body) {
    simdjson::dom::parser parser;
    element document;
    simdjson::dom::object members;
    if (parser.parse(body).get(document) != simdjson::SUCCESS || document.get(members) != simdjson::SUCCESS) return;
    for (const auto member : members) {
        std::string_view plain;
        const auto value = member.value.get(plain) == simdjson::SUCCESS ? std::string(plain)
                                                                        : std::string(simdjson::minify(member.value));
        std::puts(fmt::format("{:<16} {}", member.key, value).c_str());
    }
}

int put(const Context& context, const Parsed& options) {
    std::string body;
    if (options.rest.size() == 3) {
        std::ifstream file;
        const bool from_stdin = options.rest[2] == "-";
        if (!from_stdin) file.open(options.rest[2], std::ios::binary);
        if (!from_stdin && !file) return misuse(options.rest[2] + " can't be read");
        if (from_stdin) {
            char buffer[4096];
            while (const auto got = std::fread(buffer, 1, sizeof buffer, stdin))
                body.append(buffer, got);
        } else {
            body.assign(std::istreambuf_iterator<char>(file), {});
        }
    } else {
        body = object_of(options, {"email", "phone", "country", "locale", "timezone", "device-timezone", "household"});
    }
    return show(context, "PUT", path_of(options, ""), body, [](const std::string& answer) {
        simdjson::dom::parser parser;
        element document;
        if (parser.parse(answer).get(document) != simdjson::SUCCESS) return;
        std::puts(flag(document, "created") ? "created" : "changed");
    });
}

int consent(const Context& context, const Parsed& options) {
    if (options.rest.size() == 2) return show(context, "GET", path_of(options, "/consents"), {}, print_consents);
    json::Writer out;
    out.begin_object().member("state", options.rest[2]);
    for (const auto name : {"channel", "topic", "source", "proof", "at"}) {
        if (options.has(name)) out.member(name, options.get(name));
    }
    return show(context, "PUT", path_of(options, "/consents"), out.end_object().take(), [](const std::string& answer) {
        simdjson::dom::parser parser;
        element document;
        if (parser.parse(answer).get(document) != simdjson::SUCCESS) return;
        std::puts(number(document, "changed") == 0 ? "noted; a newer word stands" : "noted");
    });
}

int event(const Context& context, const Parsed& options) {
    json::Writer out;
    out.begin_object().member("event", options.rest[2]);
    if (options.has("at")) out.member("at", options.get("at"));
    return show(context, "POST", path_of(options, "/events"), out.end_object().take(),
                [](const std::string&) { std::puts("noted"); });
}

/// Who is not known is not forgotten either: that is told, and is no success.
int forget(const Context& context, const Parsed& options) {
    bool found = true;
    const auto look = [&](const std::string& body, bool prints) {
        simdjson::dom::parser parser;
        element document;
        simdjson::dom::object counts;
        if (parser.parse(body).get(document) != simdjson::SUCCESS) return;
        found = flag(document, "found");
        if (!prints) return;
        if (!found) {
            std::fputs(fmt::format("chapar: {}\n", text(document, "words")).c_str(), stderr);
            return;
        }
        if (document["erased"].get(counts) != simdjson::SUCCESS) return;
        std::puts("erased; a hash of each address stays, so that nothing is sent there again");
        for (const auto count : counts)
            std::puts(fmt::format("  {:<12} {}", count.key, std::string(simdjson::minify(count.value))).c_str());
    };
    const auto response = request(context, "DELETE", path_of(options, "?erase=true"));
    if (!response) return Exit::unreachable;
    if (context.json) std::puts(response->body.c_str());
    if (!response->ok()) return print_problem(*response);
    look(response->body, !context.json);
    return found ? Exit::ok : Exit::not_found;
}

/// Each page as one line of JSON; the first holds everything but the older messages.
int export_all(const Context& context, const Parsed& options, bool events_only) {
    std::string cursor;
    do {
        const auto path = path_of(options, "/export") + (cursor.empty() ? "" : "?cursor=" + percent_encode(cursor));
        const auto response = request(context, "GET", path);
        if (!response) return Exit::unreachable;
        if (!response->ok()) return print_problem(*response);
        simdjson::dom::parser parser;
        element page;
        if (parser.parse(response->body).get(page) != simdjson::SUCCESS) return Exit::failed;
        if (events_only) {
            for (const element& one : entries(page, "events")) {
                std::puts(context.json ? std::string(simdjson::minify(one)).c_str()
                                       : fmt::format("{}  {}", text(one, "at"), text(one, "event")).c_str());
            }
            return Exit::ok;
        }
        std::puts(response->body.c_str());
        cursor = text(page, "next");
    } while (!cursor.empty());
    return Exit::ok;
}

}  // namespace

int run_recipient(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("recipient", args,
                                       {"email", "phone", "country", "locale", "timezone", "device-timezone",
                                        "household", "channel", "topic", "source", "proof", "at"});
    if (!options) return Exit::usage;
    if (options->rest.size() < 2) return misuse("which person? chapar recipient show ID");
    const auto& verb = options->rest[0];
    const auto words = options->rest.size();
    if (verb == "show" && words == 2) return show(context, "GET", path_of(*options, ""), {}, print_profile);
    if (verb == "put" && words <= 3) return put(context, *options);
    if (verb == "consent" && words <= 3) return consent(context, *options);
    if (verb == "event" && words == 3) return event(context, *options);
    if (verb == "events" && words == 2) return export_all(context, *options, true);
    if (verb == "export" && words == 2) return export_all(context, *options, false);
    if (verb == "forget" && words == 2) return forget(context, *options);
    return misuse("expected show, put, consent, event, events, export or forget, then the person's id");
}

}  // namespace chapar::cli
