// chapar plugin: what is in the plugin directories, and whether a plugin keeps the rules of the border.

#include <chapar/plugin.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/log.hpp"
#include "cli/command.hpp"
#include "cli/options.hpp"
#include "plugin/child.hpp"
#include "plugin/conformance.hpp"
#include "plugin/library.hpp"

namespace chapar::cli {
namespace {

constexpr std::string_view default_directory = "/usr/lib/chapar/plugins";
constexpr std::chrono::seconds check_limit{120};

int misuse() {
    std::fputs("usage: chapar plugin list [DIR]\n       chapar plugin check FILE [--settings JSON]\n", stderr);
    return Exit::usage;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words)
        text += (text.empty() ? "" : ",") + word;
    return text;
}

void add_entry(json::Writer& out, const std::string& path, const Result<const chapar_plugin*>& table) {
    out.begin_object().member("path", path);
    if (table) {
        plugin::Traits traits = plugin::traits_of(**table);
        out.member("name", (*table)->name).member("version", (*table)->version).key("channels").begin_array();
        for (const std::string& channel : traits.channels)
            out.value(channel);
        out.end_array();
    } else {
        out.member("problem", table.error().message());
    }
    out.end_object();
}

int list(const Context& context, const std::string& directory) {
    std::error_code error;
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (entry.path().extension() == ".so")
            paths.push_back(std::filesystem::absolute(entry.path()).lexically_normal());
    }
    if (error) {
        std::fprintf(stderr, "chapar: %s can't be read: %s\n", directory.c_str(), error.message().c_str());
        return Exit::not_found;
    }
    std::ranges::sort(paths);
    json::Writer out;
    out.begin_array();
    bool all_well = true;
    for (const std::string& path : paths) {
        Result<const chapar_plugin*> table = plugin::load(path, {});
        all_well = all_well && table.has_value();
        if (context.json) {
            add_entry(out, path, table);
        } else if (table) {
            std::string channels = joined(plugin::traits_of(**table).channels);
            std::printf("%-16s %-8s %-16s %s\n", (*table)->name, (*table)->version, channels.c_str(), path.c_str());
        } else {
            std::fprintf(stderr, "%s\n", log::escape(table.error().message()).c_str());
        }
    }
    if (context.json) std::printf("%s\n", out.end_array().text().c_str());
    return all_well ? Exit::ok : Exit::failed;
}

void print(const Context& context, const std::string& path, const std::vector<plugin::Finding>& findings) {
    if (!context.json) {
        for (const plugin::Finding& f : findings) {
            std::string why = f.is_kept ? "" : ": " + log::escape(f.why);
            std::printf("%s  %s%s\n", f.is_kept ? "ok  " : "FAIL", f.what.c_str(), why.c_str());
        }
        return;
    }
    json::Writer out;
    out.begin_object().member("path", path).key("findings").begin_array();
    for (const plugin::Finding& f : findings) {
        out.begin_object().member("rule", f.what).member("kept", f.is_kept);
        if (!f.is_kept) out.member("why", f.why);
        out.end_object();
    }
    std::printf("%s\n", out.end_array().end_object().text().c_str());
}

/// All that runs the plugin's code; true: it keeps the rules.
bool judge(const Context& context, const std::string& path, const std::string& settings) {
    std::vector<plugin::Finding> findings;
    // An author's own directory may lie below /tmp; the daemon would refuse that, which is said and is no failure.
    Result<plugin::File> strictly = plugin::open_safely(path, {});
    Result<const chapar_plugin*> table = plugin::load(path, {.allow_sticky_folder = true});
    findings.push_back({"the file can be loaded", table.has_value(), table ? "" : table.error().message()});
    if (table && !strictly)
        std::fprintf(stderr, "note: the daemon would refuse it: %s\n", strictly.error().message().c_str());
    if (table) std::ranges::move(plugin::conform(**table, settings), std::back_inserter(findings));
    print(context, path, findings);
    return std::ranges::all_of(findings, &plugin::Finding::is_kept);
}

/// In a child: a plugin that crashes is a finding, and not the end of the check.
int check(const Context& context, const std::string& file, const std::string& settings) {
    const std::string path = std::filesystem::absolute(file).lexically_normal();
    const auto work = [&] { return std::string(judge(context, path, settings) ? "kept" : "broken"); };
    const plugin::ChildEnd end = plugin::run_in_child(work, check_limit);
    if (end.trouble.empty()) return end.said == "kept" ? Exit::ok : Exit::failed;
    print(context, path, {{"the plugin survives the check", false, "it " + end.trouble}});
    return Exit::failed;
}

}  // namespace

int run_plugin(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("plugin", args, {"settings"}, {});
    if (!options) return Exit::usage;
    const auto& rest = options->rest;
    if (rest.size() == 2 && rest[0] == "check") {
        return check(context, rest[1], options->get("settings", "{}"));
    }
    bool is_list = !rest.empty() && rest.size() <= 2 && rest[0] == "list";
    if (!is_list) return misuse();
    return list(context, rest.size() == 2 ? rest[1] : std::string(default_directory));
}

}  // namespace chapar::cli
