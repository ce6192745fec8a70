#include "base/json_pointer.hpp"

namespace chapar::json {

std::string pointer_to(std::string_view where, std::string_view name) {
    std::string out(where);
    out += '/';
    for (const char c : name.substr(0, 64)) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

}  // namespace chapar::json
