#include "store/members.hpp"

#include <simdjson.h>

#include <algorithm>

namespace chapar::store {
namespace {

/// The end of the string that begins at `at`.
std::size_t behind_string(std::string_view text, std::size_t at) {
    for (++at; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return at + 1;
}

/// The comma or bracket that ends the member which begins at `at`.
std::size_t behind_member(std::string_view text, std::size_t at) {
    for (int depth = 0; at < text.size();) {
        const char c = text[at];
        if (c == '"') {
            at = behind_string(text, at);
            continue;
        }
        if (depth == 0 && (c == ',' || c == '}')) break;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at;
    }
    return at;
}

}  // namespace

std::string without_members(std::string_view text, std::initializer_list<std::string_view> names) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(text.data(), text.size()).get(object) != simdjson::SUCCESS) return "{}";
    std::string out = "{";
    std::size_t at = text.find('{') + 1;
    for (const auto member : object) {  // in the order of the text, and its names without their escapes
        const auto end = behind_member(text, at);
        if (std::ranges::find(names, member.key) == names.end())
            (out += out.size() == 1 ? "" : ",") += text.substr(at, end - at);
        at = end + 1;
    }
    return out += '}';
}

}  // namespace chapar::store
