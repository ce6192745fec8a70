#include "base/json_scan.hpp"
#include "net/json_reader.hpp"

namespace chapar::net {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::size_t skip(std::string_view json, std::size_t at, char also) {
    while (at < json.size() && (is_space(json[at]) || json[at] == also))
        ++at;
    return at;
}

}  // namespace

std::string_view raw_member(std::string_view object, std::string_view name) {
    if (!object.contains(name)) return {};
    object = trimmed(object);
    std::size_t at = skip(object, 0, '{');
    while (at < object.size() && object[at] == '"') {
        const auto key_end = json::behind_string(object, at);
        const auto key = object.substr(at + 1, key_end - at - 2);
        const auto begin = skip(object, key_end, ':');
        const auto end = json::behind_value(object, begin);
        if (key == name) return trimmed(object.substr(begin, end - begin));
        at = skip(object, end, ',');
    }
    return {};
}

std::vector<std::string_view> raw_items(std::string_view array) {
    std::vector<std::string_view> out;
    array = trimmed(array);
    std::size_t at = skip(array, skip(array, 0, ' ') + 1, ' ');
    while (at < array.size() && array[at] != ']') {
        const auto end = json::behind_value(array, at);
        out.push_back(trimmed(array.substr(at, end - at)));
        at = skip(array, end, ',');
    }
    return out;
}

std::string_view trimmed(std::string_view json) {
    if (json.starts_with(byte_order_mark)) json.remove_prefix(byte_order_mark.size());
    while (!json.empty() && is_space(json.front()))
        json.remove_prefix(1);
    while (!json.empty() && is_space(json.back()))
        json.remove_suffix(1);
    return json;
}

}  // namespace chapar::net
