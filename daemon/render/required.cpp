#include <algorithm>
#include <array>

#include "render/data_document.hpp"
#include "render/template.hpp"

namespace chapar::render {

std::optional<std::string> missing_variable(const Template& program, std::string_view channel,
                                            std::string_view data_json, bool has_pages) {
    if (!has_pages) return program.missing_variable(channel, data_json);
    for (auto& missing : program.missing_variables(channel, data_json))
        if (!is_given_by_pages(missing)) return std::move(missing);
    return std::nullopt;
}

namespace {

/// The bytes of the blank or invisible character at the beginning of `text`; 0: something else stands there.
std::size_t blank_length(std::string_view text) {
    constexpr auto blanks = std::to_array<std::string_view>({
        " ",
        "\t",
        "\n",
        "\r",
        "\v",
        "\f",
        "\xC2\x85",
        "\xC2\xA0",
        "\xC2\xAD",  // next line, no-break space, soft hyphen
        "\xD8\x9C",  // Arabic letter mark
        "\xE1\x9A\x80",
        "\xE2\x80\x80",
        "\xE2\x80\x81",
        "\xE2\x80\x82",
        "\xE2\x80\x83",
        "\xE2\x80\x84",
        "\xE2\x80\x85",
        "\xE2\x80\x86",
        "\xE2\x80\x87",
        "\xE2\x80\x88",
        "\xE2\x80\x89",
        "\xE2\x80\x8A",
        "\xE2\x80\x8B",
        "\xE2\x80\x8C",
        "\xE2\x80\x8D",
        "\xE2\x80\x8E",
        "\xE2\x80\x8F",  // zero width, LRM, RLM
        "\xE2\x80\xA8",
        "\xE2\x80\xA9",
        "\xE2\x80\xAA",
        "\xE2\x80\xAB",
        "\xE2\x80\xAC",
        "\xE2\x80\xAD",
        "\xE2\x80\xAE",
        "\xE2\x80\xAF",
        "\xE2\x81\x9F",
        "\xE2\x81\xA0",
        "\xE2\x81\xA6",
        "\xE2\x81\xA7",
        "\xE2\x81\xA8",
        "\xE2\x81\xA9",
        "\xE3\x80\x80",
        "\xEF\xBB\xBF",
    });
    // Nearly all texts begin with a letter or a digit.
    if (text.empty() || (text[0] > ' ' && text[0] <= '~')) return 0;
    const auto found = std::ranges::find_if(blanks, [&](std::string_view blank) { return text.starts_with(blank); });
    return found == blanks.end() ? 0 : found->size();
}

/// Nothing to read, or the beginning of an address without one.
bool is_blank(std::string_view text) {
    const auto trim_front = [](std::string_view& rest) {
        while (const auto length = blank_length(rest))
            rest.remove_prefix(length);
    };
    trim_front(text);
    for (const std::string_view scheme : {"https:", "http:", "mailto:", "tel:"}) {
        const bool begins = text.size() >= scheme.size() &&
                            std::ranges::equal(text.substr(0, scheme.size()), scheme, [](char is, char wanted) {
                                return (is >= 'A' && is <= 'Z' ? is + 32 : is) == wanted;
                            });
        if (!begins) continue;
        text.remove_prefix(scheme.size());
        while (text.starts_with('/'))
            text.remove_prefix(1);
        break;
    }
    trim_front(text);
    return text.empty();
}

bool has(DataElement root, std::string_view path) {
    DataElement found = root;
    for (bool more = true; more;) {
        const auto dot = path.find('.');
        more = dot != std::string_view::npos;
        if (!found.is_object() || found.at_key(path.substr(0, dot)).get(found) != simdjson::SUCCESS) return false;
        if (more) path.remove_prefix(dot + 1);
    }
    std::string_view text;
    return !found.is_null() && (found.get(text) != simdjson::SUCCESS || !is_blank(text));
}

}  // namespace

void find_missing(const std::vector<std::string>& paths, DataElement root, std::vector<std::string>& out) {
    for (const std::string& path : paths)
        if (!has(root, path)) out.push_back(path);
}

std::vector<std::string> all_missing(const std::vector<std::string>& paths, std::string_view json) {
    std::vector<std::string> out;
    DataElement root;
    if (paths.empty() || parse_data(json).get(root) != simdjson::SUCCESS) return paths;
    find_missing(paths, root, out);
    return out;
}

std::optional<std::string> first_missing(const std::vector<std::string>& paths, std::string_view json) {
    auto all = all_missing(paths, json);
    return all.empty() ? std::nullopt : std::optional(std::move(all.front()));
}

}  // namespace chapar::render
