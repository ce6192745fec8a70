#include "canonical.hpp"

#include "text.hpp"

#include <algorithm>

namespace chapar::email {

namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

}  // namespace

void canonical_body(std::string_view body, std::string& out) {
    out.resize(body.size() + 2);
    char* to = out.data();
    bool after_blank = false;
    for (std::size_t i = 0; i < body.size(); ++i) {
        const char c = body[i];
        const bool blank = is_blank(c);
        if (c == '\r' && after_blank) --to;  // the blank before an end of line
        *to = blank ? ' ' : c;
        to += blank && after_blank ? 0 : 1;
        after_blank = blank;
    }
    if (after_blank) --to;
    out.resize(static_cast<std::size_t>(to - out.data()));
    while (out.ends_with("\r\n"))
        out.resize(out.size() - 2);
    if (!out.empty()) out += "\r\n";
}

void append_canonical_field(std::string_view field, std::string& out) {
    const auto colon = std::min(field.find(':'), field.size());
    for (const char c : trim(field.substr(0, colon)))
        out += ascii_lower(c);
    out += ':';
    bool gap = false;
    for (const char c : trim(field.substr(std::min(colon + 1, field.size())))) {
        if (c == '\r' || c == '\n') continue;
        if (is_blank(c)) {
            gap = true;
            continue;
        }
        if (gap) out += ' ';
        gap = false;
        out += c;
    }
}

}  // namespace chapar::email
