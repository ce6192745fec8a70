// chapar config: checks the configuration without a daemon, and prints the reference of all keys.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "base/json.hpp"
#include "base/log.hpp"
#include "cli/answer.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "cli/config_check.hpp"
#include "cli/options.hpp"
#include "config/load.hpp"
#include "config/reference.hpp"
#include "config/webhooks.hpp"
#include "policy/decide.hpp"

namespace chapar::cli {
namespace {

constexpr std::string_view default_file = "/etc/chapar/chapar.toml";

int misuse() {
    std::fputs(
        "usage: chapar config check [--config FILE | --against-store]\n       chapar config reference [--mdoc]\n",
        stderr);
    return Exit::usage;
}

std::string as_json(const config::Loaded& loaded) {
    json::Writer out;
    out.begin_object().member("ok", loaded.ok()).key("files").begin_array();
    for (const auto& file : loaded.files)
        out.value(file);
    out.end_array().key("problems").begin_array();
    for (const auto& problem : loaded.problems) {
        out.begin_object().member("file", problem.file).member("line", problem.line);
        out.member("column", problem.column).member("text", problem.text).end_object();
    }
    out.end_array();
    if (loaded.ok()) {
        out.key("warnings").begin_array();
        for (const auto& warning : config::webhook_warnings(loaded.settings))
            out.value(warning);
        out.end_array();
    }
    return out.end_object().take();
}

int check(const Context& context, const std::string& file) {
    auto loaded = config::read(file);
    if (loaded.ok()) {
        // What the rules name outside of the configuration: calendars, zones.
        const auto rules = policy::compile(loaded.settings);
        if (!rules.has_value()) loaded.problems.push_back({file, 0, 0, rules.error().message()});
        auto others = surroundings(file, loaded.settings);
        std::ranges::move(others, std::back_inserter(loaded.problems));
    }
    if (context.json) {
        std::printf("%s\n", as_json(loaded).c_str());
    } else {
        for (const auto& problem : loaded.problems) {
            std::fprintf(stderr, "%s\n", log::escape(problem.sentence()).c_str());
        }
        if (loaded.ok()) {
            for (const auto& warning : config::webhook_warnings(loaded.settings))
                std::fprintf(stderr, "%s: warning: %s\n", file.c_str(), warning.c_str());
            std::printf("%s: fine (%zu file%s, %zu applications, %zu routes)\n", file.c_str(), loaded.files.size(),
                        loaded.files.size() == 1 ? "" : "s", loaded.settings.applications.size(),
                        loaded.settings.routes.size());
        }
    }
    return loaded.ok() ? Exit::ok : Exit::failed;
}

/// Asks the daemon, which knows what waits: the file that a reload would read.
int check_against_store(const Context& context) {
    const auto response = request(context, "POST", "/v1/config/check");
    if (!response) return Exit::unreachable;
    if (!response->ok()) return print_problem(*response);
    simdjson::dom::parser parser;
    element answer, messages;
    if (parser.parse(response->body).get(answer) != simdjson::SUCCESS) return Exit::failed;
    const int code = flag(answer, "ok") ? Exit::ok : Exit::failed;
    if (context.json) {
        std::puts(response->body.c_str());
        return code;
    }
    for (const element& problem : entries(answer, "problems")) {
        const auto line = number(problem, "line");
        const auto place = line == 0 ? std::string() : fmt::format("{}:{}:", line, number(problem, "column"));
        std::fputs(log::escape(fmt::format("{}:{} {}", text(problem, "file"), place, text(problem, "text"))).c_str(),
                   stderr);
        std::fputc('\n', stderr);
    }
    if (answer["messages"].get(messages) != simdjson::SUCCESS) return code;
    for (const element& change : entries(answer, "changes")) {
        std::puts(fmt::format("{}{}", text(change, "text"), flag(change, "needs_restart") ? " (needs a restart)" : "")
                      .c_str());
    }
    std::puts(
        fmt::format("Of {} waiting messages {} were looked at: {} would be released, {} held, {} dropped, {} kept, "
                    "{} would wait until another time; {} stay as they are.{}",
                    number(messages, "waiting"), number(messages, "looked_at"), number(messages, "released"),
                    number(messages, "held"), number(messages, "dropped"), number(messages, "kept"),
                    number(messages, "moved"), number(messages, "unchanged"),
                    flag(messages, "complete") ? "" : " There are more than one check looks at.")
            .c_str());
    return code;
}

}  // namespace

int run_config(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("config", args, {"config"}, {"mdoc", "against-store"});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) return misuse();
    if (options->rest[0] == "reference") {
        std::fputs((options->has("mdoc") ? config::reference_mdoc() : config::reference_markdown()).c_str(), stdout);
        return Exit::ok;
    }
    if (options->rest[0] != "check") return misuse();
    if (options->has("against-store")) return check_against_store(context);
    return check(context, options->get("config", default_file));
}

}  // namespace chapar::cli
