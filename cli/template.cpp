// chapar template: what the daemon has loaded, and a check of a folder of templates without a daemon.

#include "base/json.hpp"
#include "base/log.hpp"
#include "cli/client.hpp"
#include "cli/command.hpp"
#include "render/catalogue.hpp"
#include "render/lint.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

namespace chapar::cli {
namespace {

int misuse(std::string_view what) {
    std::fprintf(
        stderr,
        "chapar template: %.*s\nusage: chapar template list\n       chapar template lint FOLDER [TEMPLATE...]\n",
        static_cast<int>(what.size()), what.data());
    return Exit::usage;
}

void print_findings_json(const std::vector<render::Finding>& findings) {
    json::Writer out;
    out.begin_object().member("ok", findings.empty()).key("findings").begin_array();
    for (const render::Finding& f : findings) {
        out.begin_object().member("file", f.file).member("line", f.line).member("column", f.column);
        out.member("rule", f.rule).member("sentence", f.sentence).end_object();
    }
    std::printf("%s\n", out.end_array().end_object().text().c_str());
}

/// The templates asked for, and the files that all share.
void keep_wanted(std::vector<render::Finding>& findings, std::span<const std::string_view> wanted) {
    if (wanted.empty()) return;
    std::erase_if(findings, [&](const render::Finding& f) {
        const std::string_view folder = std::string_view(f.file).substr(0, f.file.find('/'));
        return !folder.starts_with('_') && std::find(wanted.begin(), wanted.end(), folder) == wanted.end();
    });
}

int lint(const Context& context, std::span<const std::string_view> args) {
    if (args.empty() || args.front().starts_with('-')) return misuse("lint needs a folder of templates");
    const std::string folder(args.front());
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        std::fprintf(stderr, "chapar template: %s is no folder\n", log::escape(folder).c_str());
        return Exit::not_found;
    }
    for (const std::string_view name : args.subspan(1))
        if (!std::filesystem::is_directory(std::filesystem::path(folder) / name, error)) {
            std::fprintf(stderr, "chapar template: there is no template '%s' in %s\n", log::escape(name).c_str(),
                         log::escape(folder).c_str());
            return Exit::not_found;
        }
    std::vector<render::Finding> findings = render::lint(folder);
    keep_wanted(findings, args.subspan(1));
    if (context.json) {
        print_findings_json(findings);
    } else {
        for (const render::Finding& f : findings) {
            const std::string line =
                fmt::format("{}/{}:{}:{}: {}: {}", folder, f.file, f.line, f.column, f.rule, f.sentence);
            std::printf("%s\n", log::escape(line).c_str());
        }
    }
    return findings.empty() ? Exit::ok : Exit::failed;
}

std::string joined(simdjson::ondemand::array items) {
    std::string text;
    for (auto item : items) {
        std::string_view word;
        if (item.get_string().get(word) != simdjson::SUCCESS) continue;
        if (!text.empty()) text += ", ";
        text += word.empty() ? "default" : word;
    }
    return text;
}

/// "email (default, fa), sms (default)"
std::string describe_channels(simdjson::ondemand::array channels) {
    std::string text;
    for (auto channel : channels) {
        std::string_view name;
        if (channel["channel"].get_string().get(name) != simdjson::SUCCESS) continue;
        if (!text.empty()) text += ", ";
        text += name;
        simdjson::ondemand::array locales;
        if (channel["locales"].get_array().get(locales) == simdjson::SUCCESS) text += " (" + joined(locales) + ")";
    }
    return text;
}

void print_template(simdjson::ondemand::object entry) {
    std::string_view name, class_name, broken;
    std::string channels, required;
    simdjson::ondemand::array list;
    if (entry["name"].get_string().get(name) != simdjson::SUCCESS) return;
    if (entry["class"].get_string().get(class_name) != simdjson::SUCCESS) class_name = "-";
    if (entry["channels"].get_array().get(list) == simdjson::SUCCESS) channels = describe_channels(list);
    if (entry["required"].get_array().get(list) == simdjson::SUCCESS) required = joined(list);
    std::printf("%s\n", log::escape(fmt::format("{:<24} {:<14} {}", name, class_name, channels)).c_str());
    if (!required.empty()) std::printf("    needs %s\n", log::escape(required).c_str());
    if (entry["broken"].get_string().get(broken) == simdjson::SUCCESS && !broken.empty())
        std::printf("    broken: %s\n", log::escape(broken).c_str());
}

void print_templates(const std::string& body) {
    simdjson::ondemand::parser parser;
    const simdjson::padded_string padded(body);
    simdjson::ondemand::document document;
    simdjson::ondemand::array templates;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return;
    if (document["templates"].get_array().get(templates) != simdjson::SUCCESS) return;
    for (auto item : templates) {
        simdjson::ondemand::object entry;
        if (item.get_object().get(entry) == simdjson::SUCCESS) print_template(entry);
    }
}

}  // namespace

int run_template(Context& context, std::span<const std::string_view> args) {
    if (args.empty()) return misuse("say what to do");
    const std::string_view verb = args.front();
    if (verb == "lint") return lint(context, args.subspan(1));
    if (verb != "list") return misuse("the verbs are list and lint");
    if (args.size() > 1) return misuse("list takes nothing more");
    return show(context, "GET", "/v1/templates", {}, print_templates);
}

}  // namespace chapar::cli
