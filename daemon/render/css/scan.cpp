#include "render/css/scan.hpp"

#include <algorithm>
#include <charconv>

namespace chapar::css {

namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr bool is_hex(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'f'); }

std::size_t end_of_string(std::string_view css, std::size_t at) {
    const char quote = css[at++];
    while (at < css.size() && css[at] != quote && css[at] != '\n')
        at += css[at] == '\\' ? 2 : 1;
    return std::min(at + 1, css.size());
}

void append_utf8(std::string& out, unsigned code) {
    const auto byte = [&](unsigned value) { out += static_cast<char>(value); };
    if (code < 0x80) {
        byte(code);
    } else if (code < 0x800) {
        byte(0xC0 | (code >> 6));
        byte(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        byte(0xE0 | (code >> 12));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    } else {
        byte(0xF0 | (code >> 18));
        byte(0x80 | ((code >> 12) & 0x3F));
        byte(0x80 | ((code >> 6) & 0x3F));
        byte(0x80 | (code & 0x3F));
    }
}

/// `at` stands behind the backslash.
void append_escaped(std::string& out, std::string_view css, std::size_t& at) {
    constexpr unsigned replacement = 0xFFFD, last = 0x10FFFF;
    std::size_t digits = 0;
    while (digits < 6 && at + digits < css.size() && is_hex(css[at + digits]))
        ++digits;
    if (digits == 0) {
        if (at < css.size()) out += css[at++];
        return;
    }
    unsigned code = 0;
    std::from_chars(css.data() + at, css.data() + at + digits, code, 16);
    at += digits;
    if (at < css.size() && is_blank(css[at])) ++at;
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    append_utf8(out, code == 0 || code > last || surrogate ? replacement : code);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text) {
    std::string made(text);
    std::transform(made.begin(), made.end(), made.begin(), [](char c) { return lower(c); });
    return made;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::size_t skip_unit(std::string_view css, std::size_t at) {
    const char c = css[at];
    if (c == '\\') return std::min(at + 2, css.size());
    if (c == '"' || c == '\'') return end_of_string(css, at);
    if (c != '(' && c != '[') return at + 1;
    // Brackets nest; one counter is enough to find the end.
    std::size_t depth = 0;
    while (at < css.size()) {
        const char inner = css[at];
        if (inner == '{' || inner == '}') return at;  // broken off: the block is what counts
        if (inner == '(' || inner == '[') ++depth;
        if ((inner == ')' || inner == ']') && --depth == 0) return at + 1;
        if (inner == '"' || inner == '\'') {
            at = end_of_string(css, at);
        } else {
            at += inner == '\\' ? 2 : 1;
        }
    }
    return css.size();
}

std::string without_comments(std::string_view css) {
    std::string made;
    made.reserve(css.size());
    for (std::size_t at = 0; at < css.size();) {
        if (css.substr(at).starts_with("/*")) {
            const std::size_t close = css.find("*/", at + 2);
            at = close == std::string_view::npos ? css.size() : close + 2;
            made += ' ';
        } else if (css[at] == '"' || css[at] == '\'') {
            const std::size_t end = end_of_string(css, at);
            made += css.substr(at, end - at);
            at = end;
        } else if (css.substr(at).starts_with("<!--")) {
            at += 4;
        } else if (css.substr(at).starts_with("-->")) {
            at += 3;
        } else {
            made += css[at++];
        }
    }
    return made;
}

std::string read_name(std::string_view css, std::size_t& at) {
    std::string name;
    while (at < css.size()) {
        if (css[at] == '\\') {
            append_escaped(name, css, ++at);
        } else if (is_name(css[at])) {
            name += css[at++];
        } else {
            break;
        }
    }
    return name;
}

}  // namespace chapar::css
