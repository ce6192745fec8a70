// chapar render: plain Liquid from files, or a stream of JSON lines for tools and tests; templates are in preview.cpp.
#include "render/liquid/liquid.hpp"

#include "base/json.hpp"
#include "command.hpp"
#include "preview.hpp"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

namespace chapar::cli {

namespace {
using liquid::Value;
using Programs = std::map<std::string, std::shared_ptr<const liquid::Program>, std::less<>>;

std::optional<std::string> read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return std::nullopt;
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string_view local_zone() {
    const char* zone = std::getenv("TZ");
    return zone == nullptr ? std::string_view{} : std::string_view(zone);
}

Value member(Value object, std::string_view name) {
    const auto* found = object.is_hash() ? object.as_hash().find(name) : nullptr;
    return found == nullptr ? Value() : *found;
}

std::string_view text_member(Value object, std::string_view name) {
    const auto value = member(object, name);
    return value.is_string() ? value.as_string() : std::string_view{};
}

std::optional<liquid::Mode> mode_of(std::string_view name) {
    if (name.empty() || name == "lax") return liquid::Mode::lax;
    if (name == "strict") return liquid::Mode::strict;
    if (name == "strict2" || name == "rigid") return liquid::Mode::strict2;
    return std::nullopt;
}

/// Partials of one line, parsed when they are first asked for.
liquid::Resolver resolver_of(Value templates, liquid::Mode mode, Programs& parsed) {
    return
        [templates, mode, &parsed](std::string_view name) -> liquid::Outcome<std::shared_ptr<const liquid::Program>> {
            if (const auto known = parsed.find(name); known != parsed.end()) return known->second;
            const auto source = member(templates, name);
            if (!source.is_string()) return nullptr;
            auto program = liquid::parse(source.as_string(), {.name = std::string(name), .mode = mode});
            if (program) parsed.emplace(name, *program);
            return program;
        };
}

liquid::Outcome<std::string> render_line(Value line) {
    const auto mode = mode_of(text_member(line, "mode"));
    if (!mode) return std::unexpected(liquid::Problem{.message = "unknown mode"});
    auto program = liquid::parse(text_member(line, "template"), {.mode = *mode});
    if (!program) return std::unexpected(std::move(program.error()));
    Programs parsed;
    const auto partials = resolver_of(member(line, "templates"), *mode, parsed);
    liquid::RenderOptions options;
    options.on_error = member(line, "inline").truthy() ? liquid::OnError::print : liquid::OnError::stop;
    options.strict_variables = member(line, "strict_variables").truthy();
    options.strict_filters = member(line, "strict_filters").truthy();
    options.partials = &partials;
    options.timezone = local_zone();
    std::string out;
    if (auto done = liquid::render(**program, member(line, "data"), options, out); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return out;
}

void append_id(json::Writer& writer, Value id) {
    std::string text;
    liquid::append_text(text, id);
    if (id.is_string()) {
        writer.member("id", text);
    } else {
        writer.key("id").raw(text.empty() ? "null" : text);
    }
}

int render_lines() {
    std::ios::sync_with_stdio(false);
    liquid::Document document;
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        json::Writer writer;
        writer.begin_object();
        const auto root = document.parse(line);
        if (!root) {
            writer.key("id").null().member("error", root.error().message());
        } else {
            append_id(writer, member(*root, "id"));
            if (const auto result = render_line(*root)) {
                writer.member("output", *result);
            } else {
                writer.member("error", result.error().text());
            }
        }
        writer.end_object();
        std::cout << writer.text() << '\n' << std::flush;
    }
    return ok;
}

/// Partials beside the file: NAME.liquid, _NAME.liquid or NAME itself. The engine refuses names that leave the folder.
liquid::Resolver resolver_beside(const std::filesystem::path& folder, Programs& parsed) {
    return [folder, &parsed](std::string_view name) -> liquid::Outcome<std::shared_ptr<const liquid::Program>> {
        if (const auto known = parsed.find(name); known != parsed.end()) return known->second;
        const std::filesystem::path path(name);
        for (const auto& file : {path.parent_path() / (path.filename().string() + ".liquid"),
                                 path.parent_path() / ("_" + path.filename().string() + ".liquid"), path}) {
            const auto source = read_file(folder / file);
            if (!source || !std::filesystem::is_regular_file(folder / file)) continue;
            auto program = liquid::parse(*source, {.name = std::string(name)});
            if (program) parsed.emplace(name, *program);
            return program;
        }
        return nullptr;
    };
}

int complain(const std::string& sentence, int code) {
    std::cerr << "chapar render: " << sentence << '\n';
    return code;
}

int render_file(const std::string& file, const std::string& data_file) {
    const auto source = read_file(file);
    if (!source) return complain("can't read " + file, failed);
    const auto json = data_file.empty() ? std::optional<std::string>("{}") : read_file(data_file);
    if (!json) return complain("can't read " + data_file, failed);
    liquid::Document document;
    const auto root = document.parse(*json);
    if (!root) return complain(data_file + ": " + root.error().message(), failed);
    auto program = liquid::parse(*source);
    if (!program) {
        program.error().name = file;
        return complain(program.error().located(), failed);
    }
    Programs parsed;
    const auto partials = resolver_beside(std::filesystem::path(file).parent_path(), parsed);
    liquid::RenderOptions options;
    options.partials = &partials;
    options.timezone = local_zone();
    std::string out;
    if (auto done = liquid::render(**program, *root, options, out); !done) {
        if (done.error().name.empty()) done.error().name = file;
        return complain(done.error().located(), failed);
    }
    std::cout << out << std::flush;
    return std::cout ? ok : failed;
}
}  // namespace

int run_render(Context& context, std::span<const std::string_view> args) {
    if (args.size() == 1 && args[0] == "--jsonl") return render_lines();
    if (is_preview(args)) return preview(context, args);
    if (args.empty() || args.size() > 2 || args[0].starts_with("--")) {
        return complain("usage: chapar render TEMPLATE | chapar render FILE [DATA.json] | chapar render --jsonl",
                        usage);
    }
    return render_file(std::string(args[0]), args.size() > 1 ? std::string(args[1]) : std::string());
}

}  // namespace chapar::cli
