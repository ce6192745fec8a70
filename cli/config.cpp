// chapar config: checks the configuration without a daemon, and prints the reference of all keys.

#include "config/load.hpp"

#include "base/json.hpp"
#include "base/log.hpp"
#include "command.hpp"
#include "config/reference.hpp"

#include <cstdio>
#include <optional>

namespace chapar::cli {
namespace {

constexpr std::string_view default_file = "/etc/chapar/chapar.toml";

int misuse(const char* what) {
    std::fprintf(
        stderr,
        "chapar config: %s\nusage: chapar config check [--config FILE]\n       chapar config reference [--mdoc]\n",
        what);
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
    if (args.empty()) return misuse("say what to do");
    const auto verb = args.front();
    args = args.subspan(1);
    if (verb == "reference") {
        const bool mdoc = args.size() == 1 && args.front() == "--mdoc";
        if (!args.empty() && !mdoc) return misuse("reference takes --mdoc only");
        std::printf("%s", (mdoc ? config::reference_mdoc() : config::reference_markdown()).c_str());
        return Exit::ok;
    }
    if (verb != "check") return misuse("the verbs are check and reference");
    std::string file(default_file);
    while (!args.empty()) {
        if (args.front().starts_with("--config=")) {
            file = args.front().substr(9);
        } else if (args.front() == "--config" && args.size() > 1) {
            args = args.subspan(1);
            file = args.front();
        } else if (!args.front().starts_with('-') && args.size() == 1) {
            file = args.front();
        } else {
            return misuse("check takes --config FILE");
        }
        args = args.subspan(1);
    }
    return check(context, file);
}

}  // namespace chapar::cli
