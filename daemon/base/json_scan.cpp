#include "base/json_scan.hpp"

namespace chapar::json {

std::size_t behind_string(std::string_view json, std::size_t at) {
    for (std::size_t quote = json.find('"', at + 1); quote != std::string_view::npos;
         quote = json.find('"', quote + 1)) {
        std::size_t first = quote;
        while (first > at + 1 && json[first - 1] == '\\')
            --first;
        if ((quote - first) % 2 == 0) return quote + 1;  // it is not escaped
    }
    return json.size();
}

std::size_t behind_value(std::string_view json, std::size_t at) {
    int depth = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (c == '"') {
            at = behind_string(json, at);
            if (depth == 0) return at;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (depth == 0) return at;  // the end of what encloses a number or a literal
            if (--depth == 0) return at + 1;
        }
        if (c == ',' && depth == 0) return at;
        ++at;
    }
    return at;
}

}  // namespace chapar::json
