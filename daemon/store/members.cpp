#include "store/members.hpp"

#include <simdjson.h>

#include <algorithm>

#include "base/json_parser.hpp"
#include "base/json_scan.hpp"

namespace chapar::store {
namespace {

/// The comma or brace that ends the member which begins at `at`.
std::size_t behind_member(std::string_view text, std::size_t at) {
    const auto colon = text.find(':', json::behind_string(text, text.find('"', at)));
    return text.find_first_of(",}", json::behind_value(text, colon + 1));
}

}  // namespace

std::string without_members(std::string_view text, std::initializer_list<std::string_view> names) {
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json::begin_of(text), text.size()).get(object) != simdjson::SUCCESS) return "{}";
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
