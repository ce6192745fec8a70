#include "canonical.hpp"

#include "text.hpp"

#include <algorithm>

namespace chapar::email {

namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// Appends a line without its end: each run of blanks as one space, none at the end.
void append_squeezed(std::string_view line, std::string& out) {
    while (!line.empty()) {
        const auto word = std::min(line.find_first_of(' '), line.find('\t'));
        out.append(line.substr(0, word));
        const auto next = word == std::string_view::npos ? word : line.find_first_not_of(" \t", word);
        if (next == std::string_view::npos) return;
        out += ' ';
        line.remove_prefix(next);
    }
}

}  // namespace

void canonical_body(std::string_view body, std::string& out) {
    out.clear();
    out.reserve(body.size() + 2);
    std::size_t end_of_text = 0;  // past the last line that is not empty
    while (!body.empty()) {
        const auto end = std::min(body.find("\r\n"), body.size());
        const auto start = out.size();
        append_squeezed(body.substr(0, end), out);
        const bool empty = out.size() == start;
        out += "\r\n";
        if (!empty) end_of_text = out.size();
        body.remove_prefix(std::min(end + 2, body.size()));
    }
    out.resize(end_of_text);
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
