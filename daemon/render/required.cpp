#include "render/template.hpp"

#include <simdjson.h>

#include <cstring>

namespace chapar::render {

namespace {

/// What simdjson needs per thread: it reads a few bytes beyond the text.
struct Scratch {
    simdjson::ondemand::parser parser;
    std::string padded;
};

bool has(simdjson::ondemand::object& root, std::string_view path) {
    std::size_t dot = path.find('.');
    auto found = root.find_field_unordered(path.substr(0, dot));
    while (dot != std::string_view::npos && found.error() == simdjson::SUCCESS) {
        path.remove_prefix(dot + 1);
        dot = path.find('.');
        found = found.find_field_unordered(path.substr(0, dot));
    }
    simdjson::ondemand::value value;
    return found.get(value) == simdjson::SUCCESS && !value.is_null();
}

}  // namespace

std::optional<std::string> first_missing(const std::vector<std::string>& paths, std::string_view json) {
    if (paths.empty()) return std::nullopt;
    thread_local Scratch scratch;
    scratch.padded.resize(json.size() + simdjson::SIMDJSON_PADDING);
    std::memcpy(scratch.padded.data(), json.data(), json.size());
    std::memset(scratch.padded.data() + json.size(), ' ', simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document document;
    simdjson::ondemand::object root;
    const simdjson::padded_string_view view(scratch.padded.data(), json.size(), scratch.padded.size());
    if (scratch.parser.iterate(view).get(document) != simdjson::SUCCESS ||
        document.get_object().get(root) != simdjson::SUCCESS)
        return paths.front();
    for (const std::string& path : paths) {
        if (!has(root, path)) return path;
        if (root.reset().error() != simdjson::SUCCESS) return path;
    }
    return std::nullopt;
}

}  // namespace chapar::render
