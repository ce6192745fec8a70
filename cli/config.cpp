// chapar config: checks the configuration without a daemon, and prints the reference of all keys.

#include <cstdio>

#include "base/json.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "config/load.hpp"
#include "config/reference.hpp"

namespace chapar::cli {
namespace {

constexpr std::string_view default_file = "/etc/chapar/chapar.toml";

int misuse() {
    std::fputs("usage: chapar config check [--config FILE]\n       chapar config reference [--mdoc]\n", stderr);
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
    return out.end_array().end_object().take();
}

int check(const Context& context, const std::string& file) {
    const auto loaded = config::read(file);
    if (context.json) {
        std::printf("%s\n", as_json(loaded).c_str());
    } else {
        for (const auto& problem : loaded.problems) {
            std::fprintf(stderr, "%s\n", log::escape(problem.sentence()).c_str());
        }
        if (loaded.ok()) {
            std::printf("%s: fine (%zu file%s, %zu applications, %zu routes)\n", file.c_str(), loaded.files.size(),
                        loaded.files.size() == 1 ? "" : "s", loaded.settings.applications.size(),
                        loaded.settings.routes.size());
        }
    }
    return loaded.ok() ? Exit::ok : Exit::failed;
}

}  // namespace

int run_config(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("config", args, {"config"}, {"mdoc"});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) return misuse();
    if (options->rest[0] == "reference") {
        std::fputs((options->has("mdoc") ? config::reference_mdoc() : config::reference_markdown()).c_str(), stdout);
        return Exit::ok;
    }
    if (options->rest[0] != "check") return misuse();
    return check(context, options->get("config", default_file));
}

}  // namespace chapar::cli
